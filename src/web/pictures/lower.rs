//! What is worn below: one drawing for trousers, leggings and shorts, told apart by their parts.

use super::sheet::{Sheet, Tone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    Tight,
    Slim,
    Straight,
    Wide,
    Flare,
    /// Gathered at the ankle.
    Cuffed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waist {
    /// A band with loops, a button and a fly.
    Fly,
    /// Elastic with a cord.
    Cord,
    Elastic,
}

#[derive(Clone, Copy, Debug)]
pub struct Lower {
    pub leg: Leg,
    pub waist: Waist,
    /// Where the legs end.
    pub length: f32,
    pub pocket: bool,
    pub thigh_pocket: bool,
    pub knees: bool,
    pub crease: bool,
    pub pleats: bool,
    /// Seams as on jeans.
    pub topstitched: bool,
    pub side_zips: bool,
    /// Where the legs come off.
    pub zip_off: bool,
}

impl Default for Lower {
    fn default() -> Self {
        Self {
            leg: Leg::Straight,
            waist: Waist::Elastic,
            length: 462.0,
            pocket: false,
            thigh_pocket: false,
            knees: false,
            crease: false,
            pleats: false,
            topstitched: false,
            side_zips: false,
            zip_off: false,
        }
    }
}

impl Lower {
    pub fn draw(&self, sheet: &mut Sheet) {
        sheet.part("M134 44Q200 34 266 44Q200 60 134 44z", Tone::Deep);
        let legs = *self;
        sheet.both(|sheet| legs.half(sheet));
        sheet.seam("M200 70V176");
        self.band(sheet);
    }

    /// Left and right of the ankle of the left leg.
    fn ankle(&self) -> (f32, f32) {
        let share = ((self.length - 200.0) / 262.0).clamp(0.0, 1.0);
        let end = match self.leg {
            Leg::Tight => (142.0, 180.0),
            Leg::Slim => (134.0, 182.0),
            Leg::Straight => (120.0, 184.0),
            Leg::Wide => (94.0, 188.0),
            Leg::Flare => (98.0, 190.0),
            Leg::Cuffed => (134.0, 180.0),
        };
        let between = |from: f32, to: f32| from + (to - from) * share;
        (between(112.0, end.0), between(198.0, end.1))
    }

    fn half(&self, sheet: &mut Sheet) {
        let (outer, inner) = self.ankle();
        let low = self.length;
        let knee = low - (low - 180.0) * 0.45;
        let bow = match self.leg {
            Leg::Flare => 26.0,
            Leg::Tight => 10.0,
            _ => 0.0,
        };
        let d = format!(
            "M134 44Q166 54 200 54V180L{inner} {low}Q{mid} {dip} {outer} {low}\
             C{k} {knee} 108 {hip} 114 150C118 104 128 74 134 44z",
            mid = (outer + inner) / 2.0,
            dip = low + 6.0,
            k = outer + bow,
            hip = 230.0_f32.min(knee),
        );
        sheet.cloth(&d);
        let middle = (outer + inner) / 2.0;
        sheet.fold(&format!("M196 186Q168 210 {middle} 236"));
        sheet.fold(&format!("M{} {}V{}", inner - 12.0, knee, low - 12.0));
        sheet.gleam(
            &format!("M{} 150L{} {}", 132.0, outer + 14.0, low - 24.0),
            9.0,
        );
        self.details(sheet, (outer, inner), middle, knee);
        self.end(sheet, outer, inner);
    }

    fn details(&self, sheet: &mut Sheet, (outer, inner): (f32, f32), middle: f32, knee: f32) {
        let low = self.length;
        if self.pocket {
            sheet.line("M128 76Q132 108 116 132", Tone::Deep, 2.6);
        }
        if self.topstitched {
            sheet.stitch("M132 78Q136 112 119 136", Tone::Cork);
            sheet.stitch(
                &format!("M{} {}L121 150", outer + 5.0, low - 8.0),
                Tone::Cork,
            );
        }
        if self.crease {
            sheet.seam(&format!("M160 92L{middle} {low}"));
        }
        if self.pleats {
            sheet.seam("M158 70L154 128M172 70L170 122");
        }
        if self.knees {
            let (a, b) = (outer + 6.0, inner - 4.0);
            let d = format!(
                "M{a} {t}L{b} {t}L{} {l}L{} {l}z",
                b - 3.0,
                a + 1.0,
                t = knee - 34.0,
                l = knee + 40.0
            );
            sheet.part(&d, Tone::Dark);
            sheet.seam(&d);
        }
        if self.thigh_pocket {
            let d = "M120 214h38v54q0 4 -4 4h-32q-4 0 -4 -4z";
            sheet.part(d, Tone::Shade);
            sheet.seam(d);
            sheet.line("M122 226h32", Tone::Deep, 3.0);
        }
        if self.zip_off {
            sheet.line(
                &format!("M110 {0}Q150 {1} 192 {0}", knee - 60.0, knee - 52.0),
                Tone::Deep,
                4.0,
            );
        }
        if self.side_zips {
            sheet.line(
                &format!(
                    "M{} {}L{} {}",
                    outer + 6.0,
                    low - 4.0,
                    outer + 4.0,
                    low - 96.0
                ),
                Tone::Deep,
                3.4,
            );
        }
    }

    fn end(&self, sheet: &mut Sheet, outer: f32, inner: f32) {
        let low = self.length;
        if self.leg == Leg::Cuffed {
            let d = format!(
                "M{} {}Q{} {} {} {}L{} {}Q{} {} {} {}z",
                outer - 2.0,
                low - 6.0,
                (outer + inner) / 2.0,
                low + 2.0,
                inner + 2.0,
                low - 6.0,
                inner - 2.0,
                low + 18.0,
                (outer + inner) / 2.0,
                low + 24.0,
                outer + 3.0,
                low + 18.0,
            );
            sheet.part(&d, Tone::Dark);
            sheet.seam(&d);
        } else {
            let up = low - 9.0;
            sheet.seam(&format!(
                "M{} {up}Q{} {} {} {up}",
                outer + 1.0,
                (outer + inner) / 2.0,
                up + 6.0,
                inner
            ));
        }
    }

    fn band(&self, sheet: &mut Sheet) {
        let band = "M134 44Q200 64 266 44L270 70Q200 92 130 70z";
        sheet.part(band, Tone::Shade);
        sheet.woven(band);
        sheet.seam("M130 70Q200 92 270 70");
        match self.waist {
            Waist::Fly => {
                sheet.seam("M200 82Q214 150 202 172");
                sheet.both(|sheet| sheet.line("M152 50v26", Tone::Dark, 6.0));
                sheet.dot(200.0, 69.0, 5.6, Tone::Metal);
                sheet.dot(200.0, 69.0, 2.2, Tone::Deep);
            }
            Waist::Cord => {
                sheet.line(
                    "M192 72Q180 104 186 128M208 72Q222 100 214 122",
                    Tone::Contrast,
                    3.0,
                );
                sheet.dot(186.0, 130.0, 3.6, Tone::Contrast);
                sheet.dot(214.0, 124.0, 3.6, Tone::Contrast);
                sheet.seam("M150 55V76M166 58V79M182 60V81M218 60V81M234 58V79M250 55V76");
            }
            Waist::Elastic => {
                sheet.seam("M146 54V75M160 57V78M174 59V80M188 60V82M212 60V82M226 59V80M240 57V78M254 54V75");
            }
        }
    }
}
