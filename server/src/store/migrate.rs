//! Brings the file's schema to the one this build knows: one integer, forward only.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{OpenError, sqlite::keep_to_owner};

/// Step N brings schema N to N+1. A step that has shipped is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
    include_str!("migrations/0010.sql"),
    include_str!("migrations/0011.sql"),
];

/// The schema this build knows.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// A file's schema.
pub(super) fn schema_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Migrates after copying the file; refuses one that a newer build wrote.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    migrate_by(MIGRATIONS, connection, path)
}

fn migrate_by(migrations: &[&str], connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let unusable = |error: rusqlite::Error| OpenError::Unusable { path: path.display().to_string(), reason: error.to_string() };
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let found = schema_of(connection).map_err(unusable)?;
    if found > known {
        return Err(OpenError::Newer { path: path.display().to_string(), found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        let copy = path.with_extension(format!("schema-{found}.db"));
        // An old copy of the same schema is from a start that failed half-way; this one is newer.
        let _ = std::fs::remove_file(&copy);
        let not_written = |error: std::io::Error| OpenError::NotWritable { path: copy.display().to_string(), reason: error.to_string() };
        keep_to_owner(&copy).map_err(not_written)?;
        connection.backup("main", &copy, None::<fn(rusqlite::backup::Progress)>).map_err(unusable)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unusable)?;
    for step in migrations.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step).map_err(unusable)?;
    }
    transaction.pragma_update(None, "user_version", known).map_err(unusable)?;
    transaction.commit().map_err(unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_copied_and_brought_forward_with_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.db");
        let mut connection = Connection::open(&path).unwrap();
        migrate_by(&["CREATE TABLE a (x)"], &mut connection, &path).unwrap();
        connection.execute("INSERT INTO a VALUES (7)", []).unwrap();
        migrate_by(&["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y"], &mut connection, &path).unwrap();
        let x: i64 = connection.query_row("SELECT x FROM a WHERE y IS NULL", [], |row| row.get(0)).unwrap();
        assert_eq!(x, 7);
        let copy = Connection::open(folder.path().join("portal.schema-1.db")).unwrap();
        assert_eq!(copy.query_row("SELECT x FROM a", [], |row| row.get::<_, i64>(0)).unwrap(), 7);
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.db");
        let mut connection = Connection::open(&path).unwrap();
        migrate_by(&["CREATE TABLE a (x)"], &mut connection, &path).unwrap();
        assert!(migrate_by(&["", "CREATE TABLE b (x)", "nonsense"], &mut connection, &path).is_err());
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 1);
        assert!(connection.execute("INSERT INTO b VALUES (1)", []).is_err());
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portal.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut connection, &path), Err(OpenError::Newer { found: 99, .. })));
    }
}
