//! The database itself: transactions as plain closures. SQLite here; PostgreSQL joins as a second
//! engine behind the same three types.

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct DbError(pub String);

/// One row; columns by position.
#[derive(Clone, Debug)]
pub struct Row(pub Vec<Value>);

impl Row {
    pub fn int(&self, column: usize) -> Result<i64, DbError> { let _ = column; todo!() }
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, DbError> { let _ = column; todo!() }
    pub fn text(&self, column: usize) -> Result<&str, DbError> { let _ = column; todo!() }
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, DbError> { let _ = column; todo!() }
}

/// An open transaction.
pub struct Tx<'a> { _connection: &'a () }

impl Tx<'_> {
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> { let _ = (sql, params); todo!() }
    /// Rows changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> { let _ = (sql, params); todo!() }
}

#[derive(Clone)]
pub struct Db {}

impl Db {
    /// Runs `work` in a write transaction. When this returns `Ok`, it is on disk.
    /// An `Err` of `work` rolls back what it did and nothing else.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    { let _ = work; todo!() }

    /// Runs `work` on a snapshot; it sees every write acknowledged before.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    { let _ = work; todo!() }
}
