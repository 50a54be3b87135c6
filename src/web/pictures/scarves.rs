//! Scarves, shawls and neck tubes.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

pub fn draw(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["tube", "snood"]) {
        tube(sheet);
    } else if look.titled(&["square", "bandana"]) {
        square(sheet);
    } else {
        long(sheet, look);
    }
}

fn tube(sheet: &mut Sheet) {
    sheet.part("M112 130Q200 96 288 130Q200 168 112 130z", Tone::Deep);
    sheet.cloth(
        "M110 130Q200 172 290 130C300 220 298 300 302 372Q200 420 98 372C102 300 100 220 110 130z",
    );
    for fold in [
        "M114 190Q200 240 290 182",
        "M108 262Q190 300 296 244",
        "M104 330Q220 364 298 312",
    ] {
        sheet.fold(fold);
    }
    sheet.gleam("M132 160Q126 260 130 360", 12.0);
    sheet.stitch(
        "M110 140Q200 182 290 140M99 362Q200 410 301 362",
        Tone::Contrast,
    );
}

fn square(sheet: &mut Sheet) {
    sheet.behind("M200 84L352 236L200 404L48 236z");
    sheet.cloth("M48 236Q200 190 352 236L200 404z");
    sheet.line("M74 240Q200 204 326 240L200 378z", Tone::Contrast, 5.0);
    for (x, y) in [
        (150.0, 254.0),
        (200.0, 246.0),
        (250.0, 254.0),
        (176.0, 298.0),
        (224.0, 298.0),
        (200.0, 340.0),
    ] {
        sheet.dot(x, y, 8.0, Tone::Contrast);
        sheet.dot(x, y, 3.4, Tone::Dark);
    }
    sheet.fold("M48 236Q200 190 352 236");
}

fn long(sheet: &mut Sheet, look: &Look) {
    sheet.weave(match () {
        () if look.titled(&["herringbone"]) => Texture::Herringbone,
        () if look.titled(&["blanket"]) => Texture::Check,
        () => Texture::Knit,
    });
    let fringe = |sheet: &mut Sheet, x: f32, y: f32| {
        for at in 0..8_u8 {
            let x = x + f32::from(at) * 11.5;
            sheet.line(&format!("M{x} {y}q2 14 -1 28"), Tone::Shade, 4.4);
        }
    };
    // Both ends, then the turn around the neck.
    fringe(sheet, 214.0, 408.0);
    sheet.behind("M214 190L302 176L306 410H208z");
    fringe(sheet, 112.0, 434.0);
    sheet.cloth("M118 190H206L202 438H106z");
    sheet.fold("M150 230Q140 330 146 430M256 230Q262 320 258 400");
    sheet.cloth(
        "M104 168C96 96 150 66 204 66S312 96 300 164C300 208 248 226 202 222S104 214 104 168z",
    );
    sheet.part(
        "M142 152C138 112 168 96 204 98S266 118 260 150Q206 176 142 152z",
        Tone::Deep,
    );
    sheet.fold("M112 184Q190 222 292 176");
    sheet.gleam("M122 140Q128 100 172 84", 10.0);
}
