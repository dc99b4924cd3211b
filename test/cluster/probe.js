// What a subverted analyzer would try. Runs in the place of the analyzer and prints what came of it.
const value = (name) => Deno.args[Deno.args.indexOf(name) + 1];
const core = value('--core');
const task = value('--task');
const WAIT_MS = 2500;

/** The outcome of an attempt, or why it failed. */
async function outcome(attempt) {
  try {
    return await attempt();
  } catch (error) {
    return error.name;
  }
}

const within = () => AbortSignal.timeout(WAIT_MS);
const token = await outcome(() => Deno.readTextFile(value('--token-file')));

async function ask(url, options = {}) {
  const headers = { authorization: `Bearer ${token}`, ...options.headers };
  const answer = await fetch(url, { ...options, headers, signal: within() });
  await answer.body?.cancel();
  return answer.status;
}

async function connect({ hostname, port }) {
  const socket = await Promise.race([
    Deno.connect({ hostname, port }),
    new Promise((_, fail) => setTimeout(() => fail(new DOMException('', 'TimeoutError')), WAIT_MS)),
  ]);
  socket.close();
  return 'connected';
}

// What there is to try stands in front of this program.
const { tasks, addresses, others } = globalThis.targets;
const targets = Object.entries(addresses);

const found = { token: token.length > 100 ? 'read' : token };
found.ownTask = await outcome(() => ask(`${core}/tasks/${task}`));
found.otherTasks = {};
for (const other of tasks.filter((name) => name !== task)) {
  const routes = [
    ['GET', `/tasks/${other}`],
    ['POST', `/tasks/${other}/progress`],
    ['POST', `/tasks/${other}/failure`],
    ['PUT', `/tasks/${other}/report`],
    ['GET', `/v2/tasks/${other}/blobs/sha256:${'0'.repeat(64)}`],
  ];
  for (const [method, path] of routes) {
    const body = method === 'GET' ? undefined : '{}';
    found.otherTasks[`${method} ${path}`] = await outcome(() =>
      ask(`${core}${path}`, { method, body })
    );
  }
}
found.repositories = await outcome(async () => {
  const answer = await fetch(`${core}/tasks/${task}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: within(),
  });
  const { source, image } = await answer.json();
  const headers = { authorization: source.authorization };
  const read = (repository, name) =>
    outcome(() => ask(`${source.origin}/v2/${repository}/manifests/${name}`, { headers }));
  const results = { own: await read(source.repository, image.digest) };
  for (const other of others.filter((name) => name !== source.repository)) {
    results[other] = await read(other, '1');
  }
  return results;
});
found.addresses = Object.fromEntries(
  await Promise.all(
    targets.map(async ([name, address]) => [name, await outcome(() => connect(address))]),
  ),
);
found.files = {
  serviceAccount: await outcome(async () =>
    Array.from(Deno.readDirSync('/var/run/secrets/kubernetes.io'), ({ name }) => name)
  ),
  passwd: await outcome(async () => (await Deno.readTextFile('/etc/passwd')).length > 0),
  writeRoot: await outcome(() => Deno.writeTextFile('/app/x', 'x')) ?? 'written',
  writeTmp: await outcome(() => Deno.writeTextFile('/tmp/x', 'x')) ?? 'written',
  writeScratch: await outcome(() => Deno.writeTextFile('/scratch/x', 'x')) ?? 'written',
};
found.status = await outcome(async () =>
  Object.fromEntries(
    (await Deno.readTextFile('/proc/self/status')).split('\n')
      .map((line) => line.split(/:\s+/))
      .filter(([name]) => ['Uid', 'NoNewPrivs', 'CapEff', 'CapBnd', 'Seccomp'].includes(name)),
  )
);
found.environment = await outcome(async () => Deno.env.toObject());
found.command = await outcome(async () => (await new Deno.Command('/bin/deno').output()).code);
found.library = await outcome(async () =>
  typeof Deno.dlopen('/lib/x86_64-linux-gnu/libc.so.6', {})
);
console.log(JSON.stringify(found));
// Long enough that both Jobs are there while each asks for the other.
await new Promise((done) => setTimeout(done, 4000));
Deno.exit(42);
