//! Underwear.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;
use super::upper::{Neck, Sleeve, Upper};

pub fn draw(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["vest"]) {
        sheet.weave(Texture::Rib);
        let vest = Upper {
            sleeve: Sleeve::None,
            neck: Neck::Scoop,
            ..Upper::default()
        };
        return sheet.placed("translate(0 20)", |sheet| vest.draw(sheet));
    }
    if look.titled(&["bra"]) {
        return bra(sheet, look.titled(&["run", "sport"]));
    }
    let count: u8 = match () {
        () if look.titled(&["3-pack"]) => 3,
        () if look.titled(&["2-pack"]) => 2,
        () => 1,
    };
    let brief = look.titled(&["hipster"]) || look.titled(&["brief women"]);
    let long = look.titled(&["long leg", "boxer brief"]);
    for at in 0..count {
        let behind = f32::from(count - 1 - at);
        let place = format!(
            "translate({} {}) scale({})",
            behind * 20.0,
            behind * -72.0 + f32::from(count - 1) * 36.0,
            1.0 - behind * 0.06
        );
        sheet.placed(&place, |sheet| match brief {
            true => briefs(sheet),
            false => boxers(sheet, long),
        });
    }
}

fn boxers(sheet: &mut Sheet, long: bool) {
    let low = if long { 372.0 } else { 322.0 };
    sheet.cloth(&format!(
        "M108 176H292C300 220 314 280 322 {low}Q264 {d} 214 {low}L200 268L186 {low}Q136 {d} 78 {low}C86 280 100 \
         220 108 176z",
        d = low + 14.0
    ));
    sheet.seam("M170 200C164 250 180 274 200 284C220 274 236 250 230 200");
    sheet.fold("M130 220Q116 280 110 330M270 220Q284 280 290 330");
    band(sheet);
    sheet.seam(&format!(
        "M80 {0}Q136 {1} 188 {0}M320 {0}Q264 {1} 212 {0}",
        low - 12.0,
        low + 2.0
    ));
}

fn briefs(sheet: &mut Sheet) {
    sheet.cloth(
        "M104 176H296L306 236C260 250 232 292 222 340Q200 352 178 340C168 292 140 250 94 236z",
    );
    sheet.seam("M98 228C146 244 176 288 186 338M302 228C254 244 224 288 214 338");
    sheet.fold("M150 206Q200 226 250 206");
    band(sheet);
}

fn band(sheet: &mut Sheet) {
    sheet.part(
        "M106 156Q200 168 294 156L296 186Q200 200 104 186z",
        Tone::Dark,
    );
    sheet.line("M106 178Q200 192 294 178", Tone::Contrast, 2.0);
    sheet.line("M180 174h40", Tone::Contrast, 4.0);
}

fn bra(sheet: &mut Sheet, sport: bool) {
    let straps = if sport { 24.0 } else { 11.0 };
    sheet.both(|sheet| sheet.line("M146 238C138 180 150 130 166 100", Tone::Dark, straps));
    if sport {
        sheet.cloth("M132 190Q128 240 96 256L94 330Q200 356 306 330L304 256Q272 240 268 190Q240 250 200 250T132 190z");
        sheet.seam("M200 250V342M132 200Q150 290 196 296M268 200Q250 290 204 296");
    } else {
        sheet.both(|sheet| {
            sheet.cloth(
                "M146 226C120 246 104 268 96 288V322Q150 338 200 326V286C184 276 160 250 146 226z",
            );
            sheet.fold("M120 292Q156 316 194 296");
        });
        sheet.stitch(
            "M146 226C160 250 184 276 200 286C216 276 240 250 254 226",
            Tone::Contrast,
        );
    }
    sheet.part("M94 314Q200 344 306 314V340Q200 370 94 340z", Tone::Dark);
}
