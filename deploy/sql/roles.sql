-- Two database roles: the owner migrates, the application runs and can't unmake what must only grow.
--
-- Run it as a superuser in the product's database, after the first `migrate` and after every later one (it may be run any number of times):
--   psql -d zhanye -c "SET zhanye.owner = 'zhanye_owner'" -c "SET zhanye.app = 'zhanye_app'" -f deploy/sql/roles.sql
-- Without the two SETs these names are taken. Give both a password once: \password zhanye_owner, \password zhanye_app.
-- DATABASE_URL names zhanye_app; `migrate` alone runs with a DATABASE_URL that names zhanye_owner.

DO $$
DECLARE
  owner text := coalesce(nullif(current_setting('zhanye.owner', true), ''), 'zhanye_owner');
  app   text := coalesce(nullif(current_setting('zhanye.app', true), ''), 'zhanye_app');
  each  record;
BEGIN
  -- The two roles. Neither may make roles or databases.
  FOR each IN SELECT name FROM unnest(ARRAY[owner, app]) AS name WHERE name NOT IN (SELECT rolname FROM pg_roles) LOOP
    EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', each.name);
  END LOOP;

  -- Everything belongs to the owner; sequences follow their tables.
  EXECUTE format('ALTER SCHEMA public OWNER TO %I', owner);
  FOR each IN
    SELECT c.oid::regclass AS thing FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO %I', each.thing, owner);
  END LOOP;
  FOR each IN
    SELECT p.oid::regprocedure AS thing FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO %I', each.thing, owner);
  END LOOP;

  -- Who may come in, and make what: the application makes temporary tables only.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), app);
  EXECUTE format('GRANT CONNECT, TEMPORARY, CREATE ON DATABASE %I TO %I', current_database(), owner);
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  EXECUTE format('REVOKE ALL ON SCHEMA public FROM %I', app);
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);

  -- The application reads and writes rows, of the tables there are and of those to come. It truncates nothing.
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, %I', app);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
  EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', app);
  EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', owner, app);
  EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', owner, app);

  -- What only grows (the tables that carry the triggers of branch/append_only.py): neither changed nor removed.
  FOR each IN
    SELECT DISTINCT t.tgrelid::regclass AS thing FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgname LIKE 'append\_only\_%'
  LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', each.thing, app);
  END LOOP;
  -- The sealer fills these three, once; the trigger sees to that.
  IF to_regclass('public.branch_auditrow') IS NOT NULL THEN
    EXECUTE format('GRANT UPDATE (sequence, previous_hash, hash) ON branch_auditrow TO %I', app);
  END IF;
  -- A second person decides, once; the trigger sees to that, too.
  IF to_regclass('public.payroll_outsidesettlement') IS NOT NULL THEN
    EXECUTE format('GRANT UPDATE (decided_at, decided_by_id, state, returned) ON payroll_outsidesettlement TO %I', app);
  END IF;
  -- A filing is received, once.
  IF to_regclass('public.archives_filing') IS NOT NULL THEN
    EXECUTE format('GRANT UPDATE (received_at, received_by_id, state, serial_no, location) ON archives_filing TO %I', app);
  END IF;
  -- Which migrations have run is the owner's to say.
  IF to_regclass('public.django_migrations') IS NOT NULL THEN
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM %I', app);
  END IF;

  -- A new month gets a partition while the application runs: by this function, with the owner's rights, and nothing else.
  IF to_regprocedure('public.clients_month_partition(integer)') IS NOT NULL THEN
    ALTER FUNCTION public.clients_month_partition(integer) SECURITY DEFINER;
    ALTER FUNCTION public.clients_month_partition(integer) SET search_path = public, pg_temp;
    REVOKE ALL ON FUNCTION public.clients_month_partition(integer) FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION public.clients_month_partition(integer) TO %I', app);
  END IF;
END $$;
