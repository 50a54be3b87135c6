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
        let (width, height, inside) = self.knitted(light).or_else(|| self.woven(light))?;
        Some(format!(
            "<pattern id=\"t\" width=\"{width}\" height=\"{height}\" \
             patternUnits=\"userSpaceOnUse\">{inside}</pattern>"
        ))
    }

    /// Width, height and content of one tile of what is knitted or filled.
    fn knitted(self, light: &str) -> Option<(u32, u32, String)> {
        Some(match self {
            Self::Knit => (8, 6, dark("M0 0l4 4 4-4M0 6l4 4 4-4", "1.1", ".16")),
            Self::Cable => {
                let twist = "M12 0C4 8 4 10 12 16s8 8 0 16M22 0c8 8 8 10 0 16s-8 8 0 16";
                let edge = "M9 0C1 8 1 10 9 16s8 8 0 16M25 0c8 8 8 10 0 16s-8 8 0 16";
                let lines = [
                    dark(twist, "2", ".24"),
                    lit(light, edge, "1.6", ".3"),
                    dark("M0 0V32", "1.4", ".2"),
                ];
                (34, 32, lines.concat())
            }
            Self::Rib => (7, 8, dark("M1 0V8", "1.6", ".15")),
            Self::Fleece => {
                let curls = lit(light, "M2 3q2-3 4 0M9 9q2-3 4 0", "1.4", ".34");
                (
                    14,
                    12,
                    curls + &dark("M2 4q2 3 4 0M9 10q2 3 4 0", "1.2", ".13"),
                )
            }
            Self::Fleck => {
                let flecks = lit(light, "M4 5h3M17 3v3M21 15h3M9 17v2", "1.8", ".6");
                (26, 22, flecks + &dark("M12 9h2M2 14h2", "1.6", ".3"))
            }
            Self::Baffles => {
                let chamber = "<path d=\"M0 0H400V36H0z\" fill=\"url(#q)\"/>";
                (400, 36, chamber.to_owned())
            }
            _ => return None,
        })
    }

    /// The same of what is woven, printed or stitched.
    fn woven(self, light: &str) -> Option<(u32, u32, String)> {
        Some(match self {
            Self::Cord => {
                let wales = dark("M1 0V8", "2", ".2");
                (6, 8, wales + &lit(light, "M4 0V8", "1", ".22"))
            }
            Self::Denim => {
                let twill = lit(light, "M-1 6l7-7M-1 1l2-2M4 6l2-2", ".7", ".26");
                (5, 5, twill + &dark("M0 2.5h5", ".5", ".1"))
            }
            Self::Check => {
                let bands = [
                    dark("M12 0V48M0 12H48", "13", ".2"),
                    lit(light, "M36 0V48M0 36H48", "3", ".45"),
                    dark("M30 0V48M0 30H48", "1.6", ".35"),
                ];
                (48, 48, bands.concat())
            }
            Self::Herringbone => {
                let bones = "M0 8L8 0M0 4l4-4M4 8l4-4M8 0l8 8M12 0l4 4M8 4l4 4";
                (16, 8, dark(bones, "1.3", ".2"))
            }
            Self::Stripes => (40, 30, lit(light, "M0 8H40", "9", ".86")),
            Self::Diamonds => {
                let seams = dark("M0 0l36 36M36 0L0 36", "1.5", ".26");
                (
                    36,
                    36,
                    seams + &lit(light, "M0 2l36 36M36 2L0 38", "1", ".22"),
                )
            }
            Self::Webbing => (8, 6, dark("M0 0l4 3 4-3M0 4l4 3 4-3", "1", ".25")),
            _ => return None,
        })
    }
}

fn dark(d: &str, width: &str, opacity: &str) -> String {
    lit("#14131a", d, width, opacity)
}

fn lit(stroke: &str, d: &str, width: &str, opacity: &str) -> String {
    format!(
        "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" \
         stroke-opacity=\"{opacity}\"/>"
    )
}
