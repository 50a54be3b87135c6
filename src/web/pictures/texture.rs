//! What a cloth looks like from near: patterns laid over a shape.

/// A pattern of lines that repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texture {
    Plain,
    Knit,
    Cable,
    Rib,
    Cord,
    Denim,
    Fleece,
    Check,
    Herringbone,
    Fleck,
    Stripes,
    /// Chambers filled with down.
    Baffles,
    Diamonds,
    /// A woven band.
    Webbing,
}

impl Texture {
    /// The pattern's definition under the id `t`; `light` is drawn on dark cloth.
    pub fn pattern(self, light: &str) -> Option<String> {
        let tile = |width: u32, height: u32, inside: &str| {
            format!(
                "<pattern id=\"t\" width=\"{width}\" height=\"{height}\" \
                 patternUnits=\"userSpaceOnUse\">{inside}</pattern>"
            )
        };
        let line = |d: &str, width: &str, opacity: &str| {
            format!(
                "<path d=\"{d}\" fill=\"none\" stroke=\"#14131a\" stroke-width=\"{width}\" \
                 stroke-opacity=\"{opacity}\"/>"
            )
        };
        let lit = |d: &str, width: &str, opacity: &str| {
            format!(
                "<path d=\"{d}\" fill=\"none\" stroke=\"{light}\" stroke-width=\"{width}\" \
                 stroke-opacity=\"{opacity}\"/>"
            )
        };
        Some(match self {
            Self::Plain => return None,
            Self::Knit => tile(8, 6, &line("M0 0l4 4 4-4M0 6l4 4 4-4", "1.1", ".16")),
            Self::Cable => tile(
                34,
                32,
                &(line(
                    "M12 0C4 8 4 10 12 16s8 8 0 16M22 0c8 8 8 10 0 16s-8 8 0 16",
                    "2",
                    ".24",
                ) + &lit(
                    "M9 0C1 8 1 10 9 16s8 8 0 16M25 0c8 8 8 10 0 16s-8 8 0 16",
                    "1.6",
                    ".3",
                ) + &line("M0 0V32", "1.4", ".2")),
            ),
            Self::Rib => tile(7, 8, &line("M1 0V8", "1.6", ".15")),
            Self::Cord => tile(
                6,
                8,
                &(line("M1 0V8", "2", ".2") + &lit("M4 0V8", "1", ".22")),
            ),
            Self::Denim => tile(
                5,
                5,
                &(lit("M-1 6l7-7M-1 1l2-2M4 6l2-2", ".7", ".26") + &line("M0 2.5h5", ".5", ".1")),
            ),
            Self::Fleece => tile(
                14,
                12,
                &(lit("M2 3q2-3 4 0M9 9q2-3 4 0", "1.4", ".34")
                    + &line("M2 4q2 3 4 0M9 10q2 3 4 0", "1.2", ".13")),
            ),
            Self::Check => tile(
                48,
                48,
                &(line("M12 0V48M0 12H48", "13", ".2")
                    + &lit("M36 0V48M0 36H48", "3", ".45")
                    + &line("M30 0V48M0 30H48", "1.6", ".35")),
            ),
            Self::Herringbone => tile(
                16,
                8,
                &(line(
                    "M0 8L8 0M0 4l4-4M4 8l4-4M8 0l8 8M12 0l4 4M8 4l4 4",
                    "1.3",
                    ".2",
                )),
            ),
            Self::Fleck => tile(
                26,
                22,
                &(lit("M4 5h3M17 3v3M21 15h3M9 17v2", "1.8", ".6")
                    + &line("M12 9h2M2 14h2", "1.6", ".3")),
            ),
            Self::Stripes => tile(40, 30, &lit("M0 8H40", "9", ".86")),
            Self::Baffles => tile(400, 36, "<path d=\"M0 0H400V36H0z\" fill=\"url(#q)\"/>"),
            Self::Diamonds => tile(
                36,
                36,
                &(line("M0 0l36 36M36 0L0 36", "1.5", ".26")
                    + &lit("M0 2l36 36M36 2L0 38", "1", ".22")),
            ),
            Self::Webbing => tile(8, 6, &line("M0 0l4 3 4-3M0 4l4 3 4-3", "1", ".25")),
        })
    }
}
