//! What is worn above: one drawing for everything between a vest and a parka, told apart by its
//! parts.

use super::sheet::{Sheet, Tone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleeve {
    Long,
    Short,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neck {
    Crew,
    Boat,
    Vee,
    Roll,
    Stand,
    Collar,
    Lapel,
    Band,
    Hood,
    Scoop,
    Shawl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closure {
    None,
    Zip,
    HalfZip,
    Buttons,
    /// A few at the neck.
    Henley,
    /// A flap over the zip.
    Flap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pocket {
    None,
    Welt,
    Patch,
    Flap,
    Kangaroo,
    Chest,
    ChestAndPatch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hem {
    Straight,
    Rib,
    Curved,
}

#[derive(Clone, Copy, Debug)]
pub struct Upper {
    pub sleeve: Sleeve,
    pub neck: Neck,
    pub closure: Closure,
    pub pocket: Pocket,
    pub hem: Hem,
    /// Where it ends.
    pub length: f32,
    /// How far the hem stands out to each side.
    pub flare: f32,
    /// Ribbed or elastic cuffs.
    pub cuffs: bool,
    /// A yoke or shoulder panel of heavier stuff.
    pub yoke: bool,
}

impl Default for Upper {
    fn default() -> Self {
        Self {
            sleeve: Sleeve::Long,
            neck: Neck::Crew,
            closure: Closure::None,
            pocket: Pocket::None,
            hem: Hem::Straight,
            length: 396.0,
            flare: 0.0,
            cuffs: false,
            yoke: false,
        }
    }
}

impl Upper {
    pub fn draw(&self, sheet: &mut Sheet) {
        if self.neck == Neck::Hood {
            hood(sheet);
        }
        match self.sleeve {
            Sleeve::Long => self.long_sleeves(sheet),
            Sleeve::Short => short_sleeves(sheet),
            Sleeve::None => {}
        }
        let torso = self.torso();
        sheet.cloth(&torso);
        self.folds(sheet);
        if self.yoke {
            self.draw_yoke(sheet);
        }
        self.draw_hem(sheet);
        self.pockets(sheet);
        self.closing(sheet);
        self.neckline(sheet);
    }

    /// Left of the hem.
    fn side(&self) -> f32 {
        122.0 - self.flare
    }

    /// The body's outline, from the left of the neck around.
    pub fn torso(&self) -> String {
        let (hem, side) = (self.length, self.side());
        let far = 400.0 - side;
        let neck = match self.neck {
            Neck::Scoop => (152.0, 96.0, 190.0),
            Neck::Boat => (148.0, 104.0, 116.0),
            _ => (164.0, 96.0, 112.0),
        };
        let (left, top, dip) = neck;
        let right = 400.0 - left;
        let bottom = match self.hem {
            Hem::Curved => format!(
                "Q{a} {hem} {a} {up}Q200 {low} {b} {up}Q{b} {hem} {far} {hem}",
                a = side + 14.0,
                b = far - 14.0,
                up = hem + 4.0,
                low = hem + 44.0,
            ),
            _ => format!("Q200 {} {far} {hem}", hem + 9.0),
        };
        match self.sleeve {
            // Cut in at the arms.
            Sleeve::None => format!(
                "M{left} {top}L{shoulder} {down}C{a} 150 {b} 178 116 206C122 260 {side} {mid} {side} \
                 {hem}{bottom}C{far} {mid} 278 260 284 206C{c} 178 {d} 150 {other} {down}L{right} \
                 {top}Q200 {dip} {left} {top}z",
                shoulder = left - 24.0,
                down = top + 12.0,
                other = right + 24.0,
                a = left - 16.0,
                b = left - 18.0,
                c = right + 18.0,
                d = right + 16.0,
                mid = hem - 90.0,
            ),
            _ => format!(
                "M{left} {top}L112 122C104 136 112 176 122 210C126 260 {side} {mid} {side} {hem}\
                 {bottom}C{far} {mid} 274 260 278 210C288 176 296 136 288 122L{right} {top}\
                 Q200 {dip} {left} {top}z",
                mid = hem - 90.0,
            ),
        }
    }

    fn long_sleeves(&self, sheet: &mut Sheet) {
        let cuffs = self.cuffs;
        sheet.both(|sheet| {
            sheet.behind(
                "M120 116C92 124 82 150 76 186L48 352Q64 366 86 360L128 222C124 180 116 150 120 116z",
            );
            sheet.fold("M104 176Q92 236 78 300");
            sheet.seam("M118 124C108 150 116 186 123 212");
            if cuffs {
                sheet.part("M51 334L46 362Q66 376 86 369L93 343Q70 349 51 334z", Tone::Dark);
                sheet.woven("M51 334L46 362Q66 376 86 369L93 343Q70 349 51 334z");
            } else {
                sheet.seam("M52 336Q70 350 92 344");
            }
        });
    }

    fn folds(&self, sheet: &mut Sheet) {
        let low = self.length - 40.0;
        sheet.fold(&format!("M140 214Q156 280 146 {low}"));
        sheet.fold(&format!("M262 226Q244 290 256 {low}"));
        sheet.gleam(&format!("M{} 250V{low}", self.side() + 34.0), 14.0);
    }

    fn draw_yoke(&self, sheet: &mut Sheet) {
        sheet.part(
            "M164 96L112 122C107 132 108 150 112 168Q200 188 288 168C292 150 293 132 288 122L236 \
             96Q200 112 164 96z",
            Tone::Dark,
        );
        sheet.seam("M112 168Q200 188 288 168");
    }

    fn draw_hem(&self, sheet: &mut Sheet) {
        let (hem, side) = (self.length, self.side());
        let far = 400.0 - side;
        match self.hem {
            Hem::Rib => {
                let rib = format!(
                    "M{side} {up}Q200 {a} {far} {up}L{b} {low}Q200 {c} {d} {low}z",
                    up = hem - 20.0,
                    a = hem - 11.0,
                    b = far,
                    low = hem + 4.0,
                    c = hem + 13.0,
                    d = side,
                );
                sheet.part(&rib, Tone::Dark);
                sheet.woven(&rib);
                sheet.seam(&format!(
                    "M{side} {0}Q200 {1} {far} {0}",
                    hem - 20.0,
                    hem - 11.0
                ));
            }
            Hem::Straight => {
                let (up, low) = (hem - 11.0, hem - 2.0);
                sheet.seam(&format!("M{side} {up}Q200 {low} {far} {up}"));
            }
            Hem::Curved => {}
        }
    }

    fn pockets(&self, sheet: &mut Sheet) {
        let y = (self.length - 96.0).min(318.0);
        match self.pocket {
            Pocket::None => {}
            Pocket::Welt => sheet.both(|sheet| {
                sheet.line(
                    &format!("M150 {}L164 {}", y + 50.0, y - 4.0),
                    Tone::Deep,
                    5.0,
                );
                sheet.gleam(&format!("M146 {}L160 {}", y + 48.0, y - 6.0), 2.0);
            }),
            Pocket::Patch => sheet.both(|sheet| patch(sheet, 134.0, y - 10.0, 48.0, 58.0)),
            Pocket::Flap => sheet.both(|sheet| {
                patch(sheet, 134.0, y - 4.0, 48.0, 52.0);
                let d = format!("M131 {}h54v15q-27 9 -54 0z", y - 6.0);
                sheet.part(&d, Tone::Dark);
                sheet.dot(158.0, y + 7.0, 2.6, Tone::Contrast);
            }),
            Pocket::Kangaroo => {
                let d = format!(
                    "M164 {a}H236L262 {b}L258 {c}H142L138 {b}z",
                    a = y - 18.0,
                    b = y + 22.0,
                    c = y + 54.0,
                );
                sheet.part(&d, Tone::Shade);
                sheet.woven(&d);
                sheet.seam(&d);
            }
            Pocket::Chest => patch(sheet, 222.0, 188.0, 40.0, 44.0),
            Pocket::ChestAndPatch => {
                patch(sheet, 222.0, 184.0, 40.0, 42.0);
                sheet.both(|sheet| patch(sheet, 134.0, y - 12.0, 50.0, 62.0));
            }
        }
    }

    fn closing(&self, sheet: &mut Sheet) {
        let top = match self.neck {
            Neck::Stand | Neck::Hood | Neck::Roll => 82.0,
            Neck::Collar | Neck::Band => 122.0,
            Neck::Vee | Neck::Shawl | Neck::Lapel => 190.0,
            _ => 124.0,
        };
        let hem = self.length + if self.hem == Hem::Curved { 20.0 } else { 2.0 };
        match self.closure {
            Closure::None => {}
            Closure::Zip => sheet.zip(top, hem),
            Closure::HalfZip => {
                sheet.zip(top, 206.0);
                sheet.seam("M190 208h20");
            }
            Closure::Flap => {
                let d = format!("M189 {top}H213V{hem}H189z");
                sheet.part(&d, Tone::Shade);
                sheet.seam(&format!("M189 {top}V{hem}"));
                buttons(sheet, top + 26.0, hem - 24.0, 62.0);
            }
            Closure::Buttons => {
                sheet.seam(&format!("M189 {top}V{hem}"));
                sheet.seam(&format!("M211 {top}V{hem}"));
                buttons(sheet, top + 16.0, hem - 26.0, 44.0);
            }
            Closure::Henley => {
                sheet.part("M190 116H210V200H190z", Tone::Shade);
                sheet.seam("M190 116V200H210V116");
                buttons(sheet, 136.0, 190.0, 24.0);
            }
        }
    }

    fn neckline(&self, sheet: &mut Sheet) {
        match self.neck {
            Neck::Crew => round(
                sheet,
                "M162 96Q200 86 238 96Q200 146 162 96z",
                "M161 95Q200 152 239 95",
            ),
            Neck::Boat => round(
                sheet,
                "M148 104Q200 96 252 104Q200 132 148 104z",
                "M147 104Q200 138 253 104",
            ),
            Neck::Scoop => round(
                sheet,
                "M158 92Q200 104 242 92Q230 176 200 176Q170 176 158 92z",
                "M153 95Q164 186 200 186Q236 186 247 95",
            ),
            Neck::Vee => round(
                sheet,
                "M162 96Q200 84 238 96L200 182z",
                "M161 95L200 186L239 95",
            ),
            Neck::Roll => {
                sheet.cloth("M164 106L168 58Q200 50 232 58L236 106Q200 126 164 106z");
                sheet.part("M170 59Q200 51 230 59Q200 74 170 59z", Tone::Deep);
                sheet.seam("M166 84Q200 100 234 84");
            }
            Neck::Stand | Neck::Hood => stand(sheet, self.neck == Neck::Hood),
            Neck::Collar => collar(sheet),
            Neck::Band => {
                sheet.part("M166 92Q200 82 234 92Q200 126 166 92z", Tone::Deep);
                sheet.line("M165 92Q180 116 200 121Q220 116 235 92", Tone::Light, 12.0);
                sheet.seam("M163 98Q180 122 200 128Q220 122 237 98");
            }
            Neck::Lapel => lapels(sheet),
            Neck::Shawl => {
                sheet.part("M164 96Q200 84 236 96L200 204z", Tone::Deep);
                sheet.band("M158 97Q166 150 198 216", Tone::Dark, 20.0);
                sheet.band("M242 97Q234 150 202 216", Tone::Dark, 20.0);
            }
        }
    }
}

fn short_sleeves(sheet: &mut Sheet) {
    sheet.both(|sheet| {
        sheet.behind(
            "M120 116C98 124 84 150 64 208Q82 230 110 236L124 208C122 176 116 150 120 116z",
        );
        sheet.seam("M69 198Q88 218 114 225");
        sheet.seam("M118 124C108 150 116 186 123 210");
    });
}

fn round(sheet: &mut Sheet, inside: &str, band: &str) {
    sheet.part(inside, Tone::Deep);
    sheet.band(band, Tone::Shade, 11.0);
    sheet.band(band, Tone::Light, 1.2);
}

pub fn hood(sheet: &mut Sheet) {
    sheet.behind("M146 122C130 60 160 26 200 26S270 60 254 122Q200 146 146 122z");
    sheet.part(
        "M164 116C152 74 172 50 200 50S248 74 236 116Q200 134 164 116z",
        Tone::Deep,
    );
    sheet.gleam("M154 96C150 60 174 38 200 38", 5.0);
    sheet.seam("M200 27V50");
}

fn stand(sheet: &mut Sheet, under_hood: bool) {
    if !under_hood {
        sheet.part("M168 70Q200 58 232 70L230 84Q200 104 170 84z", Tone::Deep);
    }
    sheet.cloth("M164 108L168 70Q182 84 200 86Q218 84 232 70L236 108Q200 126 164 108z");
    sheet.seam("M164 107Q200 126 236 107");
    if under_hood {
        sheet.line("M172 98L168 150M228 98L232 150", Tone::Contrast, 2.6);
    }
}

fn collar(sheet: &mut Sheet) {
    sheet.part("M168 90Q200 76 232 90L200 128z", Tone::Deep);
    sheet.both(|sheet| {
        sheet.cloth("M172 80Q158 90 154 108L182 142L201 120Q180 104 172 80z");
        sheet.seam("M154 108L182 142L201 120");
    });
}

fn lapels(sheet: &mut Sheet) {
    sheet.part("M168 90Q200 76 232 90L200 208z", Tone::Deep);
    sheet.both(|sheet| {
        sheet.cloth(
            "M172 80Q154 92 150 112L138 140L158 146L150 160L200 218L188 150Q176 112 172 80z",
        );
        sheet.seam("M138 140L158 146L150 160L200 218");
    });
}

fn patch(sheet: &mut Sheet, x: f32, y: f32, width: f32, height: f32) {
    let (inner, corner) = (width - 6.0, height - 5.0);
    let d = format!(
        "M{x} {y}h{width}v{corner}q0 5 -5 5h-{}q-5 0 -5 -5z",
        width - 10.0
    );
    sheet.part(&d, Tone::Shade);
    sheet.woven(&d);
    sheet.seam(&d);
    sheet.stitch(&format!("M{} {}h{inner}", x + 3.0, y + 8.0), Tone::Contrast);
}

pub fn buttons(sheet: &mut Sheet, from: f32, to: f32, every: f32) {
    let mut y = from;
    while y <= to {
        sheet.button(200.0, y);
        y += every;
    }
}
