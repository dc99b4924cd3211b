/**
 * What a large catalog is asked.
 *
 * @module
 */
import type { Sql } from '../../../core/database/connection.ts';
import { mulberry32 } from '../../core/policy/samples.ts';
import { median } from '../table.ts';

const PAGE = 100;
const QUERIES = 300;

/** Questions for the images that have a vulnerability: every third one of the most frequent. */
export async function vulnerabilityPaths(sql: Sql): Promise<string[]> {
  const random = mulberry32(5);
  const rows = await sql<{ id: string; images: number }[]>`
    select f.vulnerability as id, count(distinct i.image)::int as images
    from findings f
    join package_set_members m on m.subject = f.subject
    join image_sets i on i.set = m.set
    where f.suppression is null
    group by f.vulnerability order by images desc`;
  console.log(
    `${rows.length} vulnerabilities are found; the most frequent one in ${
      rows[0]?.images
    } images, ` +
      `the middle one in ${median(rows.map(({ images }) => images))}`,
  );
  return Array.from({ length: QUERIES }, (_, turn) => {
    const place = turn % 3 === 0 ? turn / 3 : Math.floor(random() * rows.length);
    const { id, images } = rows[place] ?? { id: '', images: 0 };
    const page = 1 + Math.floor(random() * Math.min(20, Math.ceil(images / PAGE)));
    return `/query/images/by_vulnerability?vulnerability_id=${id}&limit=${PAGE}&page=${page}`;
  });
}

/** Questions for the images that hold one of the thousand packages with the most versions. */
export async function packagePaths(sql: Sql): Promise<string[]> {
  const random = mulberry32(6);
  const rows = await sql<{ name: string }[]>`
    select p.name from packages p group by p.name order by count(*) desc, p.name limit 1000`;
  return Array.from({ length: QUERIES }, () => {
    const { name } = rows[Math.floor(random() * rows.length)] ?? { name: '' };
    const page = 1 + Math.floor(random() * 5);
    const query = new URLSearchParams({ name, limit: String(PAGE), page: String(page) });
    return `/query/images/by_package?${query}`;
  });
}
