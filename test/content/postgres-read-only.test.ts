import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type OpenRows,
  openRows,
  type Postgres,
  postgresFolder,
  startPostgres,
} from '../support/postgres.ts';

// As a user that may do everything: nothing but the transaction stands in the way.
describe.skipIf(postgresFolder() === null)('a query of a PostgreSQL content source', () => {
  let postgres: Postgres;
  const opened: OpenRows[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.sql(`
      create table product (sku text primary key, views int not null default 0);
      create sequence visits;

      create function count_view(wanted text) returns int language sql volatile as
        $$ update product set views = views + 1 where sku = wanted returning views $$;
      create function pretend_to_read(wanted text) returns int language plpgsql stable as
        $$ begin return count_view(wanted); end $$;
      create function insist(wanted text) returns int language plpgsql as $$
        begin
          set transaction_read_only = off;
          return count_view(wanted);
        end $$;
      create function insist_within(wanted text) returns int language plpgsql as $$
        begin
          begin
            perform set_config('transaction_read_only', 'off', true);
          exception when others then null;
          end;
          return count_view(wanted);
        end $$;
      create function commit_first(wanted text) returns int language plpgsql as $$
        begin
          execute 'commit';
          return count_view(wanted);
        end $$;
      create procedure buy(wanted text[]) language plpgsql as $$
        begin
          commit;
          update product set views = views + 1;
        end $$`);
  });
  afterAll(() => postgres.remove());

  const everything = () =>
    postgres.sql(`
      select (select jsonb_agg(product order by sku) from product) as products, last_value::int, is_called,
        (select count(*)::int from pg_class) as relations from visits`);
  let before: Record<string, unknown>[];

  beforeEach(async () => {
    await postgres.sql(`truncate product; insert into product (sku) values ('a'), ('b')`);
    before = await everything();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ close }) => close()));
    expect(await everything()).toEqual(before);
  });

  const open = async (query: string): Promise<OpenRows> => {
    const rows = await openRows(postgres.url, query);
    opened.push(rows);
    return rows;
  };

  it.each([
    'insert into product (sku) select unnest($1)',
    'insert into product (sku) select unnest($1) returning *',
    'update product set views = 9 where sku = any($1) returning *',
    'with gone as (delete from product where sku = any($1) returning *) select * from gone',
    `with off as (select set_config('transaction_read_only', 'off', true)) insert into product select set_config, 1 from off`,
    'merge into product using unnest($1) as id on sku = id when matched then delete',
    'select * into copied from product where sku = any($1)',
    'create table copied as select * from product where sku = any($1)',
    'truncate product',
    'drop table product',
    'copy product from stdin',
    'select sku from product where sku = any($1) for update',
    `select nextval('visits') as sku`,
    `select setval('visits', 1000) as sku`,
    'select sku, count_view(sku) from product where sku = any($1)',
    'select sku, pretend_to_read(sku) from product where sku = any($1)',
    'select sku, insist(sku) from product where sku = any($1)',
    'select sku, insist_within(sku) from product where sku = any($1)',
    'select sku, commit_first(sku) from product where sku = any($1)',
    'call buy($1)',
    `do 'begin commit; update product set views = 9; end'`,
    `select set_config('transaction_read_only', 'off', true), sku from product where sku = any($1)`,
    `select set_config('transaction_read_only', 'off', false), sku from product where sku = any($1)`,
    `select sku from product where sku = any($1); delete from product`,
    `commit; delete from product`,
    `rollback; begin read write; delete from product; commit`,
    'vacuum product',
    `explain analyze update product set views = 9 where sku = any($1)`,
    `prepare transaction 'later'`,
    'begin read write',
    'set transaction read write',
  ])('is refused, and changes nothing: %s', async (query) => {
    const { failureOf } = await open(query);
    expect((await failureOf('a', 'b', 'c')).failure).toBe('query');
  });

  it.each(['commit', 'commit and chain', 'rollback', 'set default_transaction_read_only = off'])(
    'is of no use if it has no rows: %s',
    async (query) => {
      const { ask } = await open(query);
      expect(await ask('a')).toEqual([]);
      expect(await ask('a')).toEqual([]);
    },
  );

  it.each(['default_transaction_read_only', 'transaction_read_only'])(
    'opens no way for the next one on its connection by setting %s',
    async (setting) => {
      const { ask, failureOf } = await open(`
        select pg_backend_pid() as sku, case id
          when 'setting' then set_config('${setting}', case id when 'setting' then 'off' end, false)
          when 'update' then count_view('a')::text
        end from unnest($1) as id`);
      const pid = await ask('nothing');
      if (setting === 'default_transaction_read_only') await ask('setting');
      else expect((await failureOf('setting')).message).toContain('(25001)');
      expect((await failureOf('update')).message).toContain(
        'cannot execute UPDATE in a read-only transaction (25006)',
      );
      expect(await ask('nothing')).toEqual(pid);
    },
  );

  it('leaves no setting behind for the next one on its connection', async () => {
    const { ask } = await open(`
      select pg_backend_pid() as pid, current_setting('search_path') as path,
        current_setting('transaction_read_only') as read_only, current_setting('statement_timeout') as timeout,
        set_config('search_path', 'elsewhere', false), set_config('statement_timeout', '0', false)`);
    const [first] = await ask('a');
    expect(first).toMatchObject({ path: '"$user", public', read_only: 'on', timeout: '15s' });
    expect(await ask('a')).toEqual([first]);
  });
});
