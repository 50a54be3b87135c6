//! Arithmetic as the set's `calculate` does it: Python's syntax over digits, + - * / ( ) . and
//! blanks, with whole numbers kept whole.
//! Source: the Python language reference, "Expressions"; `**` and `//` consist of those signs, too.

use std::iter::Peekable;
use std::vec::IntoIter;

use crate::domain::limits::{EVAL_EXPRESSION_CHARS_MAX, EVAL_EXPRESSION_DEPTH_MAX};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalculatorError {
    #[error("invalid characters in expression")]
    Characters,
    #[error("invalid syntax")]
    Syntax,
    #[error("division by zero")]
    DivisionByZero,
    #[error("the result is too large or no real number")]
    NoNumber,
    #[error("the expression is too long")]
    TooLong,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i128),
    Float(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number(Number),
    Plus,
    Minus,
    Times,
    Over,
    /// `//`
    Floor,
    /// `**`
    Power,
    Open,
    Close,
}

/// The value, rounded to two decimals.
pub fn calculate(expression: &str) -> Result<f64, CalculatorError> {
    if expression.len() > EVAL_EXPRESSION_CHARS_MAX {
        return Err(CalculatorError::TooLong);
    }
    let known = |c: char| c.is_ascii_digit() || "+-*/(). ".contains(c);
    if !expression.chars().all(known) {
        return Err(CalculatorError::Characters);
    }
    let mut parser = Parser {
        tokens: tokens(expression)?.into_iter().peekable(),
        depth: 0,
    };
    let value = parser.sum()?.float();
    if parser.tokens.next().is_some() {
        return Err(CalculatorError::Syntax);
    }
    // Written out, as Python rounds: by the exact value of the binary fraction.
    format!("{value:.2}")
        .parse()
        .map_err(|_| CalculatorError::NoNumber)
}

fn tokens(text: &str) -> Result<Vec<Token>, CalculatorError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            ' ' => {
                rest = &rest[1..];
                continue;
            }
            '+' => (Token::Plus, 1),
            '-' => (Token::Minus, 1),
            '*' if rest.starts_with("**") => (Token::Power, 2),
            '*' => (Token::Times, 1),
            '/' if rest.starts_with("//") => (Token::Floor, 2),
            '/' => (Token::Over, 1),
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            _ => number(rest)?,
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// The number that a text begins with, and its length.
fn number(text: &str) -> Result<(Token, usize), CalculatorError> {
    let of = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !of(c)).unwrap_or(text.len());
    let digits = &text[..end];
    let number = if digits.contains('.') {
        // Two points do not read, a point alone neither.
        digits.parse().ok().map(Number::Float)
    } else if digits.starts_with('0') && digits.bytes().any(|b| b != b'0') {
        // "012" was octal once and is nothing today.
        None
    } else {
        let whole = digits.parse().ok().map(Number::Whole);
        whole.or_else(|| digits.parse().ok().map(Number::Float))
    };
    number
        .map(|number| (Token::Number(number), end))
        .ok_or(CalculatorError::Syntax)
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn sum(&mut self) -> Result<Number, CalculatorError> {
        let mut value = self.product()?;
        while let Some(sign) = self.next_of(&[Token::Plus, Token::Minus]) {
            let other = self.product()?;
            value = if sign == Token::Plus {
                value.with(other, i128::checked_add, |a, b| a + b)
            } else {
                value.with(other, i128::checked_sub, |a, b| a - b)
            };
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<Number, CalculatorError> {
        let mut value = self.signed()?;
        while let Some(sign) = self.next_of(&[Token::Times, Token::Over, Token::Floor]) {
            let other = self.signed()?;
            if sign == Token::Times {
                value = value.with(other, i128::checked_mul, |a, b| a * b);
            } else if other.float() == 0.0 {
                return Err(CalculatorError::DivisionByZero);
            } else if sign == Token::Over {
                value = Number::Float(value.float() / other.float());
            } else {
                value = value.with(other, floor, |a, b| (a / b).floor());
            }
        }
        Ok(value)
    }

    /// Signs bind less than a power: -2**2 is -4.
    fn signed(&mut self) -> Result<Number, CalculatorError> {
        let mut negative = false;
        while let Some(sign) = self.next_of(&[Token::Plus, Token::Minus]) {
            negative ^= sign == Token::Minus;
        }
        let value = self.power()?;
        if negative {
            Ok(Number::Whole(0).with(value, i128::checked_sub, |_, b| -b))
        } else {
            Ok(value)
        }
    }

    fn power(&mut self) -> Result<Number, CalculatorError> {
        let base = self.atom()?;
        if self.next_of(&[Token::Power]).is_none() {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        raised(base, exponent)
    }

    fn atom(&mut self) -> Result<Number, CalculatorError> {
        match self.tokens.next() {
            Some(Token::Number(number)) => Ok(number),
            Some(Token::Open) => {
                let value = self.deeper(Self::sum)?;
                let closed = self.next_of(&[Token::Close]);
                closed.map(|_| value).ok_or(CalculatorError::Syntax)
            }
            _ => Err(CalculatorError::Syntax),
        }
    }

    fn deeper(
        &mut self,
        part: fn(&mut Self) -> Result<Number, CalculatorError>,
    ) -> Result<Number, CalculatorError> {
        self.depth += 1;
        if self.depth > EVAL_EXPRESSION_DEPTH_MAX {
            return Err(CalculatorError::TooLong);
        }
        let value = part(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn next_of(&mut self, wanted: &[Token]) -> Option<Token> {
        self.tokens.next_if(|token| wanted.contains(token))
    }
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "as Python's float()")]
    fn float(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    /// Whole where both are and the result fits.
    fn with(
        self,
        other: Self,
        whole: fn(i128, i128) -> Option<i128>,
        float: fn(f64, f64) -> f64,
    ) -> Self {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && let Some(exact) = whole(a, b)
        {
            return Self::Whole(exact);
        }
        Self::Float(float(self.float(), other.float()))
    }
}

fn floor(a: i128, b: i128) -> Option<i128> {
    let down = i128::from(a.checked_rem(b)? != 0 && (a < 0) != (b < 0));
    Some(a.checked_div(b)? - down)
}

fn raised(base: Number, exponent: Number) -> Result<Number, CalculatorError> {
    if let (Number::Whole(base), Number::Whole(exponent)) = (base, exponent)
        && let Ok(exponent) = u32::try_from(exponent)
        && let Some(exact) = base.checked_pow(exponent)
    {
        return Ok(Number::Whole(exact));
    }
    let (base, exponent) = (base.float(), exponent.float());
    if base == 0.0 && exponent < 0.0 {
        return Err(CalculatorError::DivisionByZero);
    }
    let value = base.powf(exponent);
    if value.is_finite() {
        Ok(Number::Float(value))
    } else {
        Err(CalculatorError::NoNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reckons_as_python_does() {
        for (expression, value) in [
            ("321.94 / 4", 80.48),
            ("260.14 * 4 + 172.68 - 148.26", 1064.98),
            ("(310.04 - 153.18) * -2", -313.72),
            ("7//2 - -7//2", 7.0),
            ("-2**2", -4.0),
            ("2**-1", 0.5),
            ("2**3**2", 512.0),
            (" .5 + 1. + 00", 1.5),
            ("1 - - + -1", 0.0),
            ("99999999999999999999999999999999999999999 * 0", 0.0),
        ] {
            assert_eq!(calculate(expression), Ok(value), "{expression}");
        }
    }

    #[test]
    fn what_is_no_arithmetic_is_said() {
        use CalculatorError::*;
        for (expression, error) in [
            ("2 + x", Characters),
            ("1e3", Characters),
            ("2\t+ 1", Characters),
            ("2 +", Syntax),
            ("", Syntax),
            ("()", Syntax),
            ("(1", Syntax),
            ("1)", Syntax),
            ("1 2", Syntax),
            ("1..5", Syntax),
            ("...", Syntax),
            ("012", Syntax),
            ("(1)(2)", Syntax),
            ("2 * / 3", Syntax),
            ("1 / 0", DivisionByZero),
            ("1 // (2 - 2)", DivisionByZero),
            ("0.0 ** -1", DivisionByZero),
            ("(-8) ** .5", NoNumber),
            ("9.9 ** 9 ** 9", NoNumber),
        ] {
            assert_eq!(calculate(expression), Err(error), "{expression}");
        }
        let (deep, long) = ("(".repeat(1_000), "1+".repeat(100_000));
        assert_eq!(calculate(&deep), Err(TooLong));
        assert_eq!(calculate(&long), Err(TooLong));
    }
}
