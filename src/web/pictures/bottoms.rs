//! Trousers, jeans, shorts and skirts.

use super::look::Look;
use super::lower::{Leg, Lower, Waist};
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

pub fn draw(sheet: &mut Sheet, look: &Look) {
    sheet.weave(weave(look));
    if look.is("skirts") || look.titled(&["skirt", "kilt"]) {
        return skirt(sheet, look);
    }
    let short = look.is("shorts") || look.titled(&["short"]);
    let scale = match () {
        () if look.titled(&["dungarees"]) => "translate(58 112) scale(.71)",
        () if look.is_for_kids() => "translate(38 46) scale(.81)",
        () if short => "translate(-50 40) scale(1.25)",
        () => "translate(0 4)",
    };
    sheet.placed(scale, |sheet| {
        if look.titled(&["dungarees"]) {
            bib(sheet);
        }
        cut(look).draw(sheet);
        if look.titled(&["skort"]) {
            over_skirt(sheet);
        }
    });
}

fn over_skirt(sheet: &mut Sheet) {
    sheet.cloth("M131 74Q200 94 269 74L292 226Q200 250 108 226z");
    sheet.seam("M110 216Q200 240 290 216");
    sheet.seam("M170 92L156 236");
}

fn weave(look: &Look) -> Texture {
    if look.is("jeans") || look.titled(&["denim"]) {
        Texture::Denim
    } else if look.titled(&["cord"]) {
        Texture::Cord
    } else if look.titled(&["tweed", "wool"]) {
        Texture::Herringbone
    } else if look.titled(&["padded"]) {
        Texture::Diamonds
    } else {
        Texture::Plain
    }
}

fn cut(look: &Look) -> Lower {
    let jeans = look.is("jeans") || look.titled(&["denim"]);
    let short = look.is("shorts") || look.titled(&["short"]);
    let run = look.titled(&["tempo"]);
    let leg = match () {
        () if look.titled(&["legging"]) => Leg::Tight,
        () if look.titled(&["slim", "fastpack", "scarp", "stretch"]) => Leg::Slim,
        () if look.titled(&["wide", "loose", "tide", "relaxed"]) => Leg::Wide,
        () if look.titled(&["flare"]) => Leg::Flare,
        () if look.titled(&["jogger", "pull-ups", "ferry"]) => Leg::Cuffed,
        () => Leg::Straight,
    };
    let waist = match () {
        () if look.titled(&["legging", "rain", "dungarees"]) => Waist::Elastic,
        () if look.titled(&["jogger", "drawstring", "pull-", "ferry", "tide"]) || run => {
            Waist::Cord
        }
        () => Waist::Fly,
    };
    Lower {
        leg,
        waist,
        length: match () {
            () if run => 232.0,
            () if short => 268.0,
            () => 462.0,
        },
        pocket: leg != Leg::Tight,
        thigh_pocket: look.titled(&["ganger", "carpenter", "scarp", "climbing", "sally gap"])
            || look.says(&["thigh pocket", "tool pocket", "hammer loop"]),
        knees: look.says(&["reinforced knee", "double knee"]) || look.titled(&["grass-stain"]),
        crease: look.titled(&["millrace", "pleat", "chino"]) && !short,
        pleats: look.titled(&["pleat"]) || look.says(&["pleated"]),
        topstitched: jeans,
        side_zips: look.says(&["side zip", "ankle zip"]),
        zip_off: look.titled(&["zip-off"]),
    }
}

fn bib(sheet: &mut Sheet) {
    sheet.both(|sheet| {
        sheet.line("M158 -44Q140 -96 164 -128", Tone::Dark, 14.0);
        sheet.dot(158.0, -42.0, 7.0, Tone::Metal);
    });
    sheet.cloth("M150 -56H250L268 56H132z");
    sheet.seam("M170 -28h60v44h-60z");
}

fn skirt(sheet: &mut Sheet, look: &Look) {
    let mini = look.titled(&["mini", "commuter", "button"]);
    let (low, wide) = match () {
        () if mini => (336.0, 54.0),
        () if look.titled(&["midi"]) => (446.0, 78.0),
        () => (388.0, 62.0),
    };
    let (left, right) = (130.0 - wide, 270.0 + wide);
    sheet.part("M134 84Q200 74 266 84Q200 100 134 84z", Tone::Deep);
    let d = format!(
        "M134 84Q200 102 266 84C276 150 {b} {m} {right} {low}Q200 {dip} {left} {low}C{a} {m} 124 150 134 84z",
        a = left + 12.0,
        b = right - 12.0,
        m = low - 90.0,
        dip = low + 26.0,
    );
    sheet.cloth(&d);
    for (from, to) in [(160.0, left + 50.0), (200.0, 196.0), (240.0, right - 46.0)] {
        sheet.fold(&format!("M{from} 150Q{to} {} {to} {low}", low - 120.0));
    }
    sheet.seam(&format!(
        "M{} {}Q200 {} {} {1}",
        left + 1.0,
        low - 12.0,
        low + 14.0,
        right - 1.0
    ));
    let band = "M134 84Q200 102 266 84L268 108Q200 128 132 108z";
    sheet.part(band, Tone::Shade);
    sheet.woven(band);
    sheet.seam("M132 108Q200 128 268 108");
    if look.titled(&["kilt"]) {
        for at in 0..7_u8 {
            let x = 146.0 + 18.0 * f32::from(at);
            let end = 200.0 + (x - 200.0) * 1.9;
            sheet.seam(&format!("M{x} 116L{end} {low}"));
        }
        sheet.line("M248 132h24", Tone::Cork, 8.0);
        sheet.dot(270.0, 132.0, 4.0, Tone::Metal);
    }
    if look.says(&["button front"]) || look.titled(&["button"]) {
        sheet.seam(&format!("M191 116V{}", low + 12.0));
        super::upper::buttons(sheet, 132.0, low - 10.0, 38.0);
    }
    if look.titled(&["wrap"]) {
        sheet.seam(&format!("M236 112Q262 220 250 {}", low + 10.0));
        sheet.line("M250 108q26 6 30 40M250 108q10 16 8 46", Tone::Dark, 6.0);
    }
    if look.titled(&["denim", "a-line"]) {
        sheet.stitch(
            "M142 116Q150 146 128 168M258 116Q250 146 272 168",
            Tone::Cork,
        );
        sheet.dot(200.0, 106.0, 5.4, Tone::Metal);
    }
    if look.titled(&["midi"]) {
        sheet.line(
            "M192 112Q176 150 184 178M208 112Q226 148 216 172",
            Tone::Contrast,
            3.0,
        );
    }
}
