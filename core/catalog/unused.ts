/**
 * Packages that no image has any more.
 *
 * @module
 */
import type { Sql } from '../database/connection.ts';

const AT_ONCE = 5000;

/**
 * Forgets sets that no image has had for some days, then subjects and packages that are in no set;
 * the number of rows that went, of which there may be more.
 *
 * @param days whoever is about to use a set has made it young again
 */
export async function forgetPackages(sql: Sql, days: number): Promise<number> {
  const sets = await sql`
    delete from package_sets where id in (
      select s.id from package_sets s
      where s.used_at < now() - make_interval(secs => ${days * 86_400})
        and not exists (select from image_sets i where i.set = s.id)
      limit ${AT_ONCE})
      and used_at < now() - make_interval(secs => ${days * 86_400})
    returning 1`;
  if (sets.length > 0) return sets.length;
  const subjects = await sql`
    delete from subjects where id in (
      select s.id from subjects s
      where s.matched_at < now() - make_interval(secs => ${days * 86_400})
        and not exists (select from package_set_members m where m.subject = s.id)
      limit ${AT_ONCE})
    returning 1`;
  if (subjects.length > 0) return subjects.length;
  // A report that comes with one at this very moment is refused by its foreign key, and sent again.
  const packages = await sql`
    delete from packages where id in (
      select p.id from packages p
      left join subjects s on s.package = p.id
      left join unsorted_packages u on u.package = p.id
      left join (select distinct unnest(owners) as id from subjects) as o on o.id = p.id
      where s.id is null and u.package is null and o.id is null
      limit ${AT_ONCE})
    returning 1`;
  return packages.length;
}
