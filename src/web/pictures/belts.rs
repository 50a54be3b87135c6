//! Belts: rolled up, the buckle in front.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

pub fn draw(sheet: &mut Sheet, look: &Look) {
    sheet.placed("translate(-64 -60) scale(1.32)", |sheet| {
        rolled(sheet, look)
    });
}

fn rolled(sheet: &mut Sheet, look: &Look) {
    let woven = look.titled(&["web", "woven"]);
    sheet.weave(match woven {
        true => Texture::Webbing,
        false => Texture::Plain,
    });
    let wide = if look.titled(&["slim"]) { 46.0 } else { 62.0 };
    // The roll, seen from a little above: outer turn, inner turns, then the front.
    sheet.part(
        "M96 208C96 150 304 150 304 208C304 264 96 264 96 208z",
        Tone::Deep,
    );
    for (inset, tone) in [(12.0, Tone::Shade), (34.0, Tone::Dark), (56.0, Tone::Shade)] {
        let (l, r) = (96.0 + inset, 304.0 - inset);
        let d = format!(
            "M{l} 208C{l} {a} {r} {a} {r} 208C{r} {b} {l} {b} {l} 208z",
            a = 168.0 + inset * 0.42,
            b = 250.0 - inset * 0.42,
        );
        sheet.line(&d, tone, 9.0);
    }
    let low = 208.0 + wide;
    let front = format!(
        "M96 208C96 268 304 268 304 208V{low}C304 {d} 96 {d} 96 {low}z",
        d = low + 60.0
    );
    sheet.cloth(&front);
    sheet.gleam(
        &format!("M108 {}C120 {} 170 {} 196 {2}", 236.0, 262.0, 270.0),
        6.0,
    );
    if woven {
        sheet.seam(&format!(
            "M96 {0}C96 {1} 304 {1} 304 {0}",
            208.0 + wide / 2.0,
            268.0 + wide / 2.0
        ));
    } else {
        sheet.stitch("M100 220C108 276 292 276 300 220", Tone::Contrast);
        sheet.stitch(
            &format!("M100 {0}C108 {1} 292 {1} 300 {0}", low - 10.0, low + 44.0),
            Tone::Contrast,
        );
    }
    buckle(sheet, look, wide);
}

fn buckle(sheet: &mut Sheet, look: &Look, wide: f32) {
    let (top, height) = (244.0, wide + 22.0);
    if look.titled(&["climb"]) {
        sheet.part(&format!("M162 {top}h76v{height}h-76z"), Tone::Ink);
        sheet.part(
            &format!("M176 {}h48v{}h-48z", top + 14.0, height - 28.0),
            Tone::Rubber,
        );
        sheet.line(
            &format!("M200 {}v{}", top + 20.0, height - 40.0),
            Tone::Metal,
            4.0,
        );
        return;
    }
    sheet.line(
        &format!(
            "M158 {top}h64q6 0 6 6v{}q0 6 -6 6h-64q-6 0 -6 -6v-{0}q0 -6 6 -6z",
            height - 12.0
        ),
        Tone::Metal,
        9.0,
    );
    sheet.line(
        &format!("M154 {0}h66", top + height / 2.0),
        Tone::Metal,
        6.0,
    );
    sheet.part(
        &format!("M244 {}h18v{}h-18z", top + 4.0, height - 8.0),
        Tone::Dark,
    );
    for x in [276.0, 290.0] {
        sheet.dot(x, 236.0 + wide / 2.0 + (290.0 - x) * 0.4, 2.8, Tone::Deep);
    }
}
