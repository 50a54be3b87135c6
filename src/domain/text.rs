//! Letters that show nothing and change how others show: they have no place in a line of a
//! terminal, a card or a mail.

/// Is it neither a control character nor a mark that turns the direction of writing, joins, parts
/// or hides?
/// Source: Unicode Standard Annex #9, explicit directional formatting; general category Cf.
pub fn is_visible(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_or_hides_is_not_visible() {
        for letter in [
            '\u{1b}',
            '\u{7}',
            '\u{202e}',
            '\u{200b}',
            '\u{2066}',
            '\u{feff}',
            '\u{ad}',
            '\u{180e}',
            '\u{e0041}',
        ] {
            assert!(!is_visible(letter), "{letter:?}");
        }
        assert!("Größe „M“ — 5 € \u{1f600}".chars().all(is_visible));
    }
}
