"""Empty the database after a test that committed, and put back what migrations wrote.

Django's flush truncates every table, which makes hundreds of files anew, and knows neither rows of
migrations nor tables that are not its own. Here one function in the database deletes from the few
tables that a test filled, and copies back from a schema of their own the rows of migrations.
"""

from django.db import connections
from django.test import TransactionTestCase

_KEEP = """
    CREATE SCHEMA migrated;
    DO $$
    DECLARE name text; is_filled boolean;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO is_filled;
            IF is_filled THEN
                EXECUTE format('CREATE TABLE migrated.%I AS TABLE public.%I', name, name);
            END IF;
        END LOOP;
    END $$;
    CREATE FUNCTION migrated.put_back() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE name text; is_filled boolean; may_skip boolean; everything text;
    BEGIN
        SELECT rolsuper INTO may_skip FROM pg_roles WHERE rolname = current_user;
        IF may_skip THEN
            -- No trigger is asked then: neither a foreign key's nor the audit's.
            SET LOCAL session_replication_role = replica;
            FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO is_filled;
                IF is_filled THEN
                    EXECUTE format('DELETE FROM public.%I', name);
                END IF;
            END LOOP;
        ELSE
            SELECT string_agg(format('public.%I', tablename), ', ') INTO everything
            FROM pg_tables WHERE schemaname = 'public';
            EXECUTE 'TRUNCATE ' || everything;
            SET CONSTRAINTS ALL DEFERRED;
        END IF;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'migrated' LOOP
            EXECUTE format('INSERT INTO public.%I SELECT * FROM migrated.%I', name, name);
        END LOOP;
    END $$"""


def remember() -> None:
    """Keep what the migrations wrote, and let tests that commit end by putting it back."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_KEEP)
    TransactionTestCase._fixture_teardown = _put_back  # type: ignore[attr-defined]


def _put_back(case: TransactionTestCase) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT migrated.put_back()")
