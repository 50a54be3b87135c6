//! The database itself: transactions as plain closures over `Tx`. SQLite here (`sqlite.rs`);
//! PostgreSQL joins as a second engine behind the same types. Nothing here knows a table.

use std::path::Path;

use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::sqlite::{self, Sqlite};

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// Text, or NULL when there is none.
    pub fn opt_text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    /// A number, or NULL when there is none.
    pub fn opt_int(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Int)
    }

    /// A word of a closed list, as JSON spells it.
    pub fn word(word: &impl Serialize) -> Result<Self, DbError> {
        match serde_json::to_value(word) {
            Ok(serde_json::Value::String(text)) => Ok(Self::Text(text)),
            _ => Err(DbError("only a unit variant is a word".to_owned())),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

/// Sequence numbers and counts: far below the sign bit, which a larger one would end at.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("database: {0}")]
pub struct DbError(pub String);

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// One row; columns by position.
#[derive(Clone, Debug)]
pub struct Row(pub Vec<Value>);

impl Row {
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        self.opt_int(column)?
            .ok_or_else(|| self.wrong(column, "a number"))
    }

    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, DbError> {
        match self.0.get(column) {
            Some(Value::Int(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "a number")),
        }
    }

    /// A count, a sequence number: never negative.
    pub fn uint(&self, column: usize) -> Result<u64, DbError> {
        u64::try_from(self.int(column)?).map_err(|_| self.wrong(column, "0 or more"))
    }

    /// A number with a fraction; a whole one is taken as well.
    pub fn real(&self, column: usize) -> Result<f64, DbError> {
        match self.0.get(column) {
            Some(Value::Real(number)) => Ok(*number),
            Some(Value::Int(number)) => Ok(*number as f64),
            _ => Err(self.wrong(column, "a number")),
        }
    }

    pub fn text(&self, column: usize) -> Result<&str, DbError> {
        self.opt_text(column)?
            .ok_or_else(|| self.wrong(column, "text"))
    }

    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, DbError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "text")),
        }
    }

    /// A word of a closed list, stored by `Value::word`.
    pub fn word<T: DeserializeOwned>(&self, column: usize) -> Result<T, DbError> {
        let text = serde_json::Value::from(self.text(column)?);
        serde_json::from_value(text).map_err(|_| self.wrong(column, "a word of a closed list"))
    }

    pub fn blob(&self, column: usize) -> Result<&[u8], DbError> {
        self.opt_blob(column)?
            .ok_or_else(|| self.wrong(column, "bytes"))
    }

    pub fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, DbError> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(Some(bytes)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "bytes")),
        }
    }

    /// Names the kind that was found and never the value: it may be a customer's.
    fn wrong(&self, column: usize, wanted: &str) -> DbError {
        let found = match self.0.get(column) {
            None => "no such column",
            Some(Value::Null) => "null",
            Some(Value::Int(_)) => "a whole number",
            Some(Value::Real(_)) => "a fraction",
            Some(Value::Text(_)) => "text",
            Some(Value::Blob(_)) => "bytes",
        };
        DbError(format!(
            "column {column} should hold {wanted} and holds {found}"
        ))
    }
}

/// An open transaction. Parameters are `$1`, `$2`, … in the text and by position in the slice.
pub struct Tx<'a> {
    connection: &'a rusqlite::Connection,
}

impl<'a> Tx<'a> {
    pub(in crate::store) fn new(connection: &'a rusqlite::Connection) -> Self {
        Self { connection }
    }

    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        let columns = statement.column_count();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(read_row(row, columns)?);
        }
        Ok(rows)
    }

    /// The first row, when there is one.
    pub fn query_first(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// Rows changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        bind(&mut statement, params)?;
        Ok(statement.raw_execute()? as u64)
    }
}

/// SQLite takes `$2` for a name and numbers names as they appear in the text, PostgreSQL takes the
/// number for what it says: bound by the name's number, the same text means the same in both.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value]) -> Result<(), DbError> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        let given = params.len();
        return Err(DbError(format!(
            "{wanted} parameters in the query and {given} given"
        )));
    }
    for index in 1..=wanted {
        let param = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok())
            .and_then(|number| params.get(number.checked_sub(1)?))
            .ok_or_else(|| DbError("parameters are written $1, $2, … without gaps".to_owned()))?;
        statement.raw_bind_parameter(index, param)?;
    }
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>, columns: usize) -> Result<Row, DbError> {
    let value = |column| {
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(bytes) => Value::Text(
                String::from_utf8(bytes.to_vec())
                    .map_err(|_| DbError(format!("column {column} is not UTF-8")))?,
            ),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        })
    };
    (0..columns).map(value).collect::<Result<_, _>>().map(Row)
}

/// How writes share commits. `OneEach` is for measuring what sharing gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Commits {
    #[default]
    Grouped,
    OneEach,
}

#[derive(Clone)]
pub struct Db {
    engine: Sqlite,
}

impl Db {
    pub(in crate::store) fn open(folder: &Path, commits: Commits) -> Result<Self, DbError> {
        Ok(Self {
            engine: sqlite::open(folder, commits)?,
        })
    }

    /// Runs `work` in a write transaction. When this returns `Ok`, it is on disk.
    /// An `Err` of `work` rolls back what it did and nothing else. A write that was queued is
    /// carried out even when its caller goes away.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.write_then(work, |_| {}).await
    }

    /// Like `write`; `then` runs once it is on disk, before the caller hears of it and in the order
    /// of the commits, so that what it tells others is in order too. It must be quick.
    pub async fn write_then<T, E, F, G>(&self, work: F, then: G) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        G: FnOnce(&T) + Send + 'static,
    {
        self.engine.write(work, then).await
    }

    /// Runs a read of few rows by their keys where it is asked for: handing it to another thread
    /// would cost more than the read.
    pub async fn read_few<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.engine.read_here(work).await
    }

    /// Runs `work` on a snapshot; it sees every write acknowledged before.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.engine.read(work).await
    }
}
