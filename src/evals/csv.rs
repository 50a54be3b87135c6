//! Comma-separated values as data sets have them (RFC 4180): a first row of names, fields in quotes
//! when they hold commas, quotes or line ends.

use anyhow::{Context as _, ensure};

/// Rows with their fields, as the names in the first row ask for.
pub struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut rows = rows(text.trim_start_matches('\u{feff}'))?.into_iter();
        let names = rows.next().context("the file is empty")?;
        let rows: Vec<_> = rows.collect();
        for (at, row) in rows.iter().enumerate() {
            let (is, wanted) = (row.len(), names.len());
            ensure!(
                is == wanted,
                "row {} has {is} fields and the first row {wanted}",
                at + 2
            );
        }
        Ok(Self { names, rows })
    }

    /// The named columns of every row.
    pub fn columns<const N: usize>(
        &self,
        names: [&str; N],
    ) -> anyhow::Result<impl Iterator<Item = [&str; N]>> {
        let mut at = [0; N];
        for (at, name) in at.iter_mut().zip(names) {
            let found = self.names.iter().position(|known| known == name);
            *at = found.with_context(|| format!("there is no column \"{name}\""))?;
        }
        Ok(self
            .rows
            .iter()
            .map(move |row| at.map(|at| row[at].as_str())))
    }
}

fn rows(text: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let (mut row, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            ('"', true) => quoted = false,
            ('"', false) if field.is_empty() => quoted = true,
            (',', false) => row.push(std::mem::take(&mut field)),
            ('\r', false) if chars.peek() == Some(&'\n') => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (other, _) => field.push(other),
        }
    }
    ensure!(!quoted, "the last field's quote is never closed");
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.len() > 1 || row.iter().any(|field| !field.is_empty()));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        let table = Table::parse("\u{feff}a,b\r\n\"x, \"\"y\"\"\nz\",1\nplain \"q\",\n\n").unwrap();
        let rows: Vec<_> = table.columns(["b", "a"]).unwrap().collect();
        assert_eq!(rows, [["1", "x, \"y\"\nz"], ["", "plain \"q\""]]);
        assert!(table.columns(["c"]).is_err());
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_row() {
        for (text, why) in [
            ("", "empty"),
            ("a,b\n1\n", "row 2"),
            ("a\n\"open", "never closed"),
        ] {
            let error = Table::parse(text).err().unwrap().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
