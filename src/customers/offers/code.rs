//! Making personal codes.

use crate::domain::ids::Random;

/// Crockford's base 32: no I, L, O or U, which are read as digits or make words.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits each: 60 random bits.
const LETTERS: usize = 12;
const GROUP: usize = 4;

/// "7K2M-9QXD-41RT": nobody can guess it, and it can be read out on the telephone.
pub fn personal(random: &Random) -> String {
    let mut bits = u64::from_le_bytes(random.bytes());
    let mut code = String::with_capacity(LETTERS + LETTERS / GROUP);
    for at in 0..LETTERS {
        if at > 0 && at % GROUP == 0 {
            code.push('-');
        }
        let letter = usize::from((bits & 31) as u8);
        code.push(char::from(ALPHABET[letter]));
        bits >>= 5;
    }
    code
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::offer::plain_code;

    #[test]
    fn codes_differ_and_read_back_as_themselves() {
        let random = Random::seeded(1);
        let codes: BTreeSet<String> = (0..2_000).map(|_| personal(&random)).collect();
        assert_eq!(codes.len(), 2_000);
        for code in &codes {
            assert_eq!(code.len(), 14, "{code}");
            assert_eq!(plain_code(code), code.replace('-', ""), "{code}");
        }
        // Every letter comes at every place.
        for at in 0..LETTERS {
            let seen: BTreeSet<char> = codes
                .iter()
                .filter_map(|code| code.replace('-', "").chars().nth(at))
                .collect();
            assert_eq!(seen.len(), 32, "place {at}");
        }
    }
}
