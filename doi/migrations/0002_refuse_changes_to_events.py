"""History is append-only: the database itself refuses UPDATE, DELETE and (PostgreSQL) TRUNCATE."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION doi_doievent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'history is append-only';
END $$;
CREATE TRIGGER doi_doievent_no_change BEFORE UPDATE OR DELETE ON doi_doievent
  FOR EACH ROW EXECUTE FUNCTION doi_doievent_refuse();
"""

SQLITE = [
    """CREATE TRIGGER doi_doievent_no_update BEFORE UPDATE ON doi_doievent
       BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
    """CREATE TRIGGER doi_doievent_no_delete BEFORE DELETE ON doi_doievent
       BEGIN SELECT RAISE(ABORT, 'history is append-only'); END""",
]


def refuse(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    else:
        for statement in SQLITE:
            schema_editor.execute(statement)


def allow(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER doi_doievent_no_change ON doi_doievent")
        schema_editor.execute("DROP FUNCTION doi_doievent_refuse()")
    else:
        schema_editor.execute("DROP TRIGGER doi_doievent_no_update")
        schema_editor.execute("DROP TRIGGER doi_doievent_no_delete")


class Migration(migrations.Migration):
    dependencies = [("doi", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow)]
