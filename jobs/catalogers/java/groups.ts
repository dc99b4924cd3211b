/**
 * Groups of artifacts whose archives do not tell: what Gradle and Ant build has no
 * `pom.properties`. Group ids are facts of the Maven repository.
 *
 * @module
 */

/** By name. */
const BY_NAME: ReadonlyMap<string, string> = new Map(Object.entries({
  'activation': 'javax.activation',
  'ant': 'org.apache.ant',
  'ant-launcher': 'org.apache.ant',
  'antlr': 'antlr',
  'antlr-runtime': 'org.antlr',
  'aopalliance': 'aopalliance',
  'aspectjrt': 'org.aspectj',
  'aspectjtools': 'org.aspectj',
  'aspectjweaver': 'org.aspectj',
  'byte-buddy-agent': 'net.bytebuddy',
  'cglib': 'cglib',
  'cglib-nodep': 'cglib',
  'checker-compat-qual': 'org.checkerframework',
  'checker-qual': 'org.checkerframework',
  'classgraph': 'io.github.classgraph',
  'commons-beanutils-core': 'commons-beanutils',
  'commons-compiler': 'org.codehaus.janino',
  'ecj': 'org.eclipse.jdt',
  'elasticsearch': 'org.elasticsearch',
  'elasticsearch-core': 'org.elasticsearch',
  'elasticsearch-x-content': 'org.elasticsearch',
  'freemarker': 'org.freemarker',
  'gson': 'com.google.code.gson',
  'guice': 'com.google.inject',
  'h2': 'com.h2database',
  'hibernate-commons-annotations': 'org.hibernate.common',
  'hibernate-entitymanager': 'org.hibernate',
  'hsqldb': 'org.hsqldb',
  'javax.inject': 'javax.inject',
  'jaxb-api': 'javax.xml.bind',
  'jaxb-impl': 'com.sun.xml.bind',
  'jaxen': 'jaxen',
  'jets3t': 'net.java.dev.jets3t',
  'jsch': 'com.jcraft',
  'json': 'org.json',
  'jsoup': 'org.jsoup',
  'jsp-api': 'javax.servlet.jsp',
  'jsr250-api': 'javax.annotation',
  'jsr305': 'com.google.code.findbugs',
  'junit': 'junit',
  'kafka-clients': 'org.apache.kafka',
  'kafka-streams': 'org.apache.kafka',
  'logstash-core': 'org.logstash',
  'mssql-jdbc': 'com.microsoft.sqlserver',
  'mysql-connector-j': 'com.mysql',
  'mysql-connector-java': 'mysql',
  'ognl': 'ognl',
  'okio': 'com.squareup.okio',
  'okio-jvm': 'com.squareup.okio',
  'opensearch': 'org.opensearch',
  'opensearch-core': 'org.opensearch',
  'oro': 'oro',
  'postgresql': 'org.postgresql',
  'protobuf-java': 'com.google.protobuf',
  'reactive-streams': 'org.reactivestreams',
  'rhino': 'org.mozilla',
  'scala-compiler': 'org.scala-lang',
  'scala-library': 'org.scala-lang',
  'scala-reflect': 'org.scala-lang',
  'serializer': 'xalan',
  'servlet-api': 'javax.servlet',
  'sqlite-jdbc': 'org.xerial',
  'stax-api': 'javax.xml.stream',
  'velocity': 'org.apache.velocity',
  'velocity-tools': 'org.apache.velocity',
  'wsdl4j': 'wsdl4j',
  'xalan': 'xalan',
  'xercesImpl': 'xerces',
  'xml-apis': 'xml-apis',
  'xmlenc': 'xmlenc',
  'xmlpull': 'xmlpull',
  'xpp3_min': 'xpp3',
  'xz': 'org.tukaani',
  'zookeeper': 'org.apache.zookeeper',
}));

/** By the beginning of the name, longest first where one begins another. */
const BY_PREFIX: readonly (readonly [string, string])[] = [
  ['spring-boot', 'org.springframework.boot'],
  ['spring-security-', 'org.springframework.security'],
  ['spring-data-', 'org.springframework.data'],
  ['spring-cloud-', 'org.springframework.cloud'],
  ['spring-session-', 'org.springframework.session'],
  ['spring-integration-', 'org.springframework.integration'],
  ['spring-batch-', 'org.springframework.batch'],
  ['spring-kafka', 'org.springframework.kafka'],
  ['spring-amqp', 'org.springframework.amqp'],
  ['spring-rabbit', 'org.springframework.amqp'],
  ['spring-ldap-', 'org.springframework.ldap'],
  ['spring-retry', 'org.springframework.retry'],
  ['spring-hateoas', 'org.springframework.hateoas'],
  ['spring-plugin-', 'org.springframework.plugin'],
  ['spring-ws-', 'org.springframework.ws'],
  ['spring-graphql', 'org.springframework.graphql'],
  ['tomcat-embed-', 'org.apache.tomcat.embed'],
  ['tomcat-', 'org.apache.tomcat'],
  ['guice-', 'com.google.inject.extensions'],
  ['jackson-core-asl', 'org.codehaus.jackson'],
  ['jackson-mapper-', 'org.codehaus.jackson'],
  ['junit-jupiter', 'org.junit.jupiter'],
  ['junit-platform-', 'org.junit.platform'],
  ['junit-vintage-', 'org.junit.vintage'],
  ['kotlin-', 'org.jetbrains.kotlin'],
  ['kotlinx-', 'org.jetbrains.kotlinx'],
  ['micrometer-', 'io.micrometer'],
  ['reactor-netty', 'io.projectreactor.netty'],
  ['akka-', 'com.typesafe.akka'],
  ['lucene-', 'org.apache.lucene'],
  ['solr-', 'org.apache.solr'],
  ['bcprov-', 'org.bouncycastle'],
  ['bcpkix-', 'org.bouncycastle'],
  ['bcpg-', 'org.bouncycastle'],
  ['bcutil-', 'org.bouncycastle'],
  ['bcmail-', 'org.bouncycastle'],
  ['grpc-', 'io.grpc'],
  ['opentelemetry-instrumentation-', 'io.opentelemetry.instrumentation'],
  ['opentelemetry-', 'io.opentelemetry'],
  ['mockito-', 'org.mockito'],
  ['shiro-', 'org.apache.shiro'],
  ['jmh-', 'org.openjdk.jmh'],
];

/** Groups that changed with a major version: names, that version, the group before and since. */
const MOVED: readonly (readonly [RegExp, number, string, string])[] = [
  [/^asm(?:-|$)/, 4, 'asm', 'org.ow2.asm'],
  [/^dom4j$/, 2, 'dom4j', 'org.dom4j'],
  [/^ehcache$/, 3, 'net.sf.ehcache', 'org.ehcache'],
  [/^groovy(?:-|$)/, 4, 'org.codehaus.groovy', 'org.apache.groovy'],
  [/^hibernate-core/, 6, 'org.hibernate', 'org.hibernate.orm'],
  [/^jackson-(?:jaxrs|xc)$/, 2, 'org.codehaus.jackson', 'com.fasterxml.jackson.jaxrs'],
  [/^okhttp(?:-|$)/, 3, 'com.squareup.okhttp', 'com.squareup.okhttp3'],
  [/^rxjava$/, 3, 'io.reactivex.rxjava2', 'io.reactivex.rxjava3'],
];

/** Words behind `commons-` of the artifacts that are their own group; newer ones share one. */
const COMMONS = new Set(
  ('beanutils chain cli codec collections configuration dbcp digester discovery el fileupload ' +
    'httpclient io jxpath lang logging net pool validator').split(' '),
);
/** Words behind `spring-` of the framework itself. */
const SPRING = new Set(
  ('aop aspects beans context context-indexer context-support core expression instrument jcl jdbc ' +
    'jms messaging orm oxm r2dbc test tx web webflux webmvc websocket').split(' '),
);

/** The group of a well-known artifact, where its archive may not tell. */
export function wellKnownGroup(name: string, version: string): string | undefined {
  return BY_NAME.get(name) ?? moved(name, version) ?? ofFamily(name) ??
    BY_PREFIX.find(([prefix]) => name.startsWith(prefix))?.[1];
}

function moved(name: string, version: string): string | undefined {
  const [, since, older, newer] = MOVED.find(([pattern]) => pattern.test(name)) ?? [];
  return since !== undefined && parseInt(version, 10) < since ? older : newer;
}

function ofFamily(name: string): string | undefined {
  const hyphen = name.indexOf('-');
  const word = name.slice(hyphen + 1);
  if (name.startsWith('spring-')) return SPRING.has(word) ? 'org.springframework' : undefined;
  if (!name.startsWith('commons-') || word.includes('-')) return undefined;
  return COMMONS.has(word) ? name : 'org.apache.commons';
}
