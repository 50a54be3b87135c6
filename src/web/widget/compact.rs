//! The widget's files as they travel: without comments, indentation and the blanks that only people
//! need. Strings, templates and patterns stay as they are, and so does every name.

/// What a piece of script is read as.
enum Piece {
    Code,
    /// Copied to its closing mark.
    Quoted(char),
    Comment,
}

/// A script's text. It takes the script's own habits for granted: every statement has its semicolon,
/// there are no block comments, and a pattern stands where a value may begin.
pub fn script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match piece(c, rest, &out) {
            Piece::Comment => rest.find('\n').unwrap_or(rest.len()),
            Piece::Quoted(mark) => {
                let length = quoted(rest, mark);
                out.push_str(&rest[..length]);
                length
            }
            Piece::Code if c.is_whitespace() => {
                let length = rest.len() - rest.trim_start().len();
                let next = rest[length..].chars().next();
                // What a comment separates is separated behind it.
                if !rest[length..].starts_with("//") {
                    blank(&mut out, next);
                }
                length
            }
            Piece::Code => {
                // The last statement of a block ends with the block.
                if c == '}' && out.ends_with(';') && !out.ends_with("(;;") {
                    out.pop();
                }
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out
}

fn piece(c: char, rest: &str, before: &str) -> Piece {
    match c {
        '\'' | '"' | '`' => Piece::Quoted(c),
        '/' if rest.starts_with("//") => Piece::Comment,
        '/' if value_may_begin(before) => Piece::Quoted('/'),
        _ => Piece::Code,
    }
}

/// Whether what has been written so far asks for a value: then a slash opens a pattern.
fn value_may_begin(before: &str) -> bool {
    let before = before.trim_end();
    before.ends_with("return")
        || before.ends_with(['(', ',', '=', ':', '[', '!', '&', '|', '?', '{', '}', ';'])
}

/// Bytes of what stands between marks, the marks included.
fn quoted(text: &str, mark: char) -> usize {
    let (mut escaped, mut in_class, mut depth) = (false, false, 0_usize);
    let mut before = ' ';
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' if mark == '`' && (before == '$' || depth > 0) => depth += 1,
            '}' if mark == '`' && depth > 0 => depth -= 1,
            '[' if mark == '/' => in_class = true,
            ']' if mark == '/' => in_class = false,
            _ if c == mark && !in_class && depth == 0 => return at + c.len_utf8(),
            _ => {}
        }
        before = c;
    }
    text.len()
}

/// Writes what a run of blanks means between what is written and what comes.
fn blank(out: &mut String, next: Option<char>) {
    let (Some(before), Some(next)) = (out.chars().next_back(), next) else {
        return;
    };
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#');
    if word(before) && word(next) || before == next && matches!(next, '+' | '-') {
        out.push(' ');
    }
}

/// A style sheet's text. It has no comment or blank that counts within a string.
pub fn style(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..]
            .split_once("*/")
            .map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let mut flat: String = out.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    for (long, short) in [
        (" {", "{"),
        ("{ ", "{"),
        ("; ", ";"),
        (": ", ":"),
        (", ", ","),
        (" }", "}"),
        ("} ", "}"),
        (";}", "}"),
    ] {
        flat = flat.replace(long, short);
    }
    flat.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_loses_what_only_people_need() {
        let text = "// Head.\nclass A {\n  // Why.\n  go(a, b) {\n    return a + +b; // no\n  }\n\n  x = 1;\n}\nlet a\n  = 2;";
        assert_eq!(script(text), "class A{go(a,b){return a+ +b}x=1}let a=2;");
    }

    #[test]
    fn strings_templates_and_patterns_stay() {
        for text in [
            "a='x  //  y';",
            "a=\"it's  \\\"so\\\"\";",
            "a=`one  ${ b  ? `two  ${c}` : 'x' }  // end`;",
            "a.split(/ [/ ]  \\/ /);",
            "const A=/https?:\\/\\/[^\\s<>\"]+/g;",
        ] {
            assert_eq!(script(text), text);
        }
        assert_eq!(script("a = b / c / d;"), "a=b/c/d;");
        assert_eq!(script("f(/ a/, 1)\n  .then(x)"), "f(/ a/,1).then(x)");
    }

    #[test]
    fn a_style_sheet_keeps_what_counts() {
        let text = "/* Head */\n.a :focus { color: red; margin: 0 1px; }\n.b, .c { width: calc(1px + 2px); }\n";
        assert_eq!(
            style(text),
            ".a :focus{color:red;margin:0 1px}.b,.c{width:calc(1px + 2px)}"
        );
    }
}
