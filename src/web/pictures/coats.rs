//! Jackets, coats, vests and fleece.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;
use super::upper::{Closure, Hem, Neck, Pocket, Sleeve, Upper};

pub fn draw(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["poncho", "cape"]) {
        return poncho(sheet);
    }
    sheet.weave(weave(look));
    let upper = cut(look);
    match look.is_for_kids() {
        true => sheet.placed("translate(28 44) scale(.86)", |sheet| {
            upper.draw(sheet);
            extras(sheet, look, &upper);
        }),
        false => {
            upper.draw(sheet);
            extras(sheet, look, &upper);
        }
    }
}

fn weave(look: &Look) -> Texture {
    if look.titled(&["denim"]) {
        return Texture::Denim;
    }
    if look.titled(&["quilted"]) {
        return Texture::Diamonds;
    }
    let padded = look.is("insulated-jackets") || look.says(&["down", "insulation"]);
    if padded && !look.titled(&["parka", "coat", "reversible"]) {
        return Texture::Baffles;
    }
    if look.is("fleece") || look.titled(&["fleece", "pile", "shearling"]) {
        return match look.titled(&["gridline"]) {
            true => Texture::Rib,
            false => Texture::Fleece,
        };
    }
    if look.titled(&["wool"]) {
        return Texture::Herringbone;
    }
    Texture::Plain
}

fn is_for_work(look: &Look) -> bool {
    look.titled(&["chore", "overshirt", "deckhand", "denim", "barn"])
}

fn neck(look: &Look) -> Neck {
    match () {
        () if look.titled(&["blazer"]) => Neck::Lapel,
        () if look.says(&["stowaway hood"]) || look.titled(&["mac"]) => Neck::Collar,
        () if is_for_work(look) || look.titled(&["waxed"]) => Neck::Collar,
        () if look.says(&["hood"]) => Neck::Hood,
        () if look.titled(&["anorak", "slicker", "puddle", "parka", "snow"]) => Neck::Hood,
        () if look.titled(&["bomber"]) => Neck::Crew,
        () => Neck::Stand,
    }
}

fn closure(look: &Look) -> Closure {
    let buttoned = [
        "mac",
        "blazer",
        "overshirt",
        "chore",
        "denim",
        "wool jacket",
    ];
    match () {
        () if look.titled(&["anorak", "half-zip", "pullover"]) => Closure::HalfZip,
        () if look.titled(&buttoned) => Closure::Buttons,
        () if look.titled(&["waxed", "slicker", "deckhand", "barn"]) => Closure::Flap,
        () => Closure::Zip,
    }
}

fn pocket(look: &Look) -> Pocket {
    let flapped = ["waxed", "parka", "barn", "deckhand", "denim", "blazer"];
    match () {
        () if look.titled(&["chore"]) => Pocket::ChestAndPatch,
        () if look.titled(&["anorak", "pullover"]) => Pocket::Kangaroo,
        () if look.titled(&flapped) => Pocket::Flap,
        () if is_for_work(look) => Pocket::Patch,
        () => Pocket::Welt,
    }
}

fn cut(look: &Look) -> Upper {
    let long = look.titled(&["coat", "parka", "mac", "slicker"]);
    let ribbed = look.titled(&["bomber", "pullover"]) || look.says(&["ribbed"]);
    let yokes = [
        "squall",
        "torr",
        "ridgeway",
        "shearling",
        "scout",
        "snow",
        "snug",
    ];
    Upper {
        sleeve: match look.titled(&["vest", "gilet"]) {
            true => Sleeve::None,
            false => Sleeve::Long,
        },
        neck: neck(look),
        closure: closure(look),
        pocket: pocket(look),
        hem: match ribbed {
            true => Hem::Rib,
            false => Hem::Straight,
        },
        length: if long { 450.0 } else { 388.0 },
        flare: if long { 8.0 } else { 0.0 },
        cuffs: ribbed || look.is("insulated-jackets") || look.is("fleece"),
        yoke: look.titled(&yokes),
    }
}

/// What only some have.
fn extras(sheet: &mut Sheet, look: &Look, upper: &Upper) {
    if look.says(&["pit zip"]) {
        sheet.both(|sheet| sheet.line("M121 206L112 238", Tone::Deep, 3.4));
    }
    if look.says(&["reflective"]) {
        sheet.line("M126 282Q200 292 274 282", Tone::Contrast, 6.0);
    }
    if look.says(&["corduroy collar"]) && upper.neck == Neck::Collar {
        sheet.both(|sheet| {
            sheet.part(
                "M172 80Q158 90 154 108L182 142L201 120Q180 104 172 80z",
                Tone::Deep,
            )
        });
    }
    if look.titled(&["deckhand", "denim", "chore"]) {
        sheet.stitch("M126 176Q200 192 274 176", Tone::Contrast);
    }
}

fn poncho(sheet: &mut Sheet) {
    super::upper::hood(sheet);
    sheet.cloth(
        "M164 98C120 112 86 200 46 384Q44 398 58 402Q200 446 342 402Q356 398 354 384C314 200 280 112 \
         236 98Q200 122 164 98z",
    );
    for fold in [
        "M150 170Q116 290 104 398",
        "M200 190V420",
        "M250 170Q284 290 296 398",
    ] {
        sheet.fold(fold);
    }
    sheet.seam("M52 372Q200 424 348 372");
    sheet.both(|sheet| sheet.button(74.0, 340.0));
    sheet.cloth("M164 108L168 70Q182 84 200 86Q218 84 232 70L236 108Q200 126 164 108z");
    sheet.line("M174 100L170 150M226 100L230 150", Tone::Contrast, 2.6);
    sheet.zip(96.0, 190.0);
}
