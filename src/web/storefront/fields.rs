//! Fields of a form or a query: names and values as they were typed, names as often as they come.

use axum::body::Body;
use axum::http::Uri;

use crate::domain::limits::{BODY_BYTES_MAX, BODY_READ_TIMEOUT, FORM_FIELD_CHARS_MAX};
use crate::web::body;
use crate::web::error::Problem;

/// What was sent, in its order.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query; what is no UTF-8 is read as well as it can be.
    pub fn of_query(uri: &Uri) -> Self {
        Self::read(uri.query().unwrap_or_default())
    }

    /// Of a form's body, under the limits of every body.
    pub async fn of_form(body: Body) -> Result<Self, Problem> {
        let bytes = body::bytes(body, BODY_BYTES_MAX, BODY_READ_TIMEOUT).await?;
        Ok(Self::read(&String::from_utf8_lossy(&bytes)))
    }

    fn read(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decoded(name), decoded(value))
                })
                .collect(),
        )
    }

    /// The first value of a name, without spaces around it and no longer than a field may be; ""
    /// where there is none.
    pub fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| cut(value.trim()))
    }

    /// Every value of a name that says something.
    pub fn all(&self, name: &str) -> Vec<String> {
        let of_name = self.0.iter().filter(|(known, _)| known == name);
        of_name
            .map(|(_, value)| cut(value.trim()).to_owned())
            .filter(|value| !value.is_empty())
            .collect()
    }
}

fn cut(value: &str) -> &str {
    let end = value.char_indices().nth(FORM_FIELD_CHARS_MAX);
    end.map_or(value, |(end, _)| &value[..end])
}

/// Undoes the encoding of forms: `+` is a space, `%41` a byte. Control characters are left out: no
/// field has lines.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                match (digit(ahead.next()), digit(ahead.next())) {
                    (Some(high), Some(low)) => {
                        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                        rest = ahead;
                    }
                    _ => bytes.push(b'%'),
                }
            }
            other => bytes.push(other),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let fields = Fields::read("q=rain+jacket%20%C3%A9&size=M&size=&size=L&odd&=x&bad=%zz%4");
        assert_eq!(fields.one("q"), "rain jacket é");
        assert_eq!(fields.all("size"), ["M", "L"]);
        assert_eq!((fields.one("odd"), fields.one("none")), ("", ""));
        assert_eq!(fields.one("bad"), "%zz%4");
    }

    #[test]
    fn nothing_is_longer_than_a_field_or_has_lines() {
        let long = Fields::read(&format!("name={}", "é".repeat(5_000)));
        assert_eq!(long.one("name").chars().count(), FORM_FIELD_CHARS_MAX);
        assert_eq!(decoded("a%0d%0aset-cookie%3Ax%00"), "a  set-cookie:x ");
    }
}
