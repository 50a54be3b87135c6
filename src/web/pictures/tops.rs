//! Knitwear, shirts, T-shirts, sweatshirts and layers for underneath.

use super::look::Look;
use super::lower::{Leg, Lower};
use super::sheet::{Sheet, Tone};
use super::texture::Texture;
use super::upper::{Closure, Hem, Neck, Pocket, Sleeve, Upper};

pub fn draw(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["legging", "long john"]) {
        let legs = Lower {
            leg: Leg::Tight,
            ..Lower::default()
        };
        return legs.draw(sheet);
    }
    sheet.weave(weave(look));
    if look.titled(&[" set"]) {
        return set(sheet, look);
    }
    let scale = match look.is_for_kids() {
        true => "translate(32 40) scale(.84)",
        false => "translate(0 14)",
    };
    sheet.placed(scale, |sheet| {
        cut(look).draw(sheet);
        extras(sheet, look);
    });
}

/// A top and a bottom together.
fn set(sheet: &mut Sheet, look: &Look) {
    let legs = Lower {
        leg: Leg::Tight,
        ..Lower::default()
    };
    sheet.placed("translate(170 150) scale(.62)", |sheet| legs.draw(sheet));
    sheet.placed("translate(-4 10) scale(.74)", |sheet| cut(look).draw(sheet));
}

fn weave(look: &Look) -> Texture {
    let rules: [(&[&str], Texture); 9] = [
        (&["aran", "cable"], Texture::Cable),
        (&["flannel"], Texture::Check),
        (&["corduroy"], Texture::Cord),
        (&["fleck"], Texture::Fleck),
        (&["stripe"], Texture::Stripes),
        (&["rib ", "thermal", "gansey"], Texture::Rib),
        (&["linen", "oxford", "poplin"], Texture::Plain),
        (
            &["lambswool", "cardigan", "knit", "yoke", "jumper"],
            Texture::Knit,
        ),
        (&["half-zip", "fine merino"], Texture::Plain),
    ];
    let found = rules.iter().find(|(words, _)| look.titled(words));
    match found {
        Some((_, texture)) => *texture,
        None if look.is("knitwear") => Texture::Knit,
        None => Texture::Plain,
    }
}

fn cut(look: &Look) -> Upper {
    if look.is("shirts") {
        return shirt(look);
    }
    let knit = look.is("knitwear");
    let sweat = look.is("sweatshirts") || look.titled(&["sweatshirt"]);
    let short = look.titled(&["tee", "tank", "sun dip"]) && !look.titled(&["long"]);
    let hooded = look.titled(&["hoodie"]) || look.says(&["hood"]);
    let neck = match () {
        () if hooded => Neck::Hood,
        () if look.titled(&["v-neck"]) => Neck::Vee,
        () if look.titled(&["roll neck"]) => Neck::Roll,
        () if look.says(&["shawl"]) => Neck::Shawl,
        () if look.titled(&["cardigan"]) => Neck::Vee,
        () if look.titled(&["boatneck"]) || look.says(&["boat neck"]) => Neck::Boat,
        () if look.titled(&["tank"]) => Neck::Scoop,
        () if look.titled(&["half-zip", "quarter-zip"]) => Neck::Stand,
        () => Neck::Crew,
    };
    let closure = match () {
        () if look.titled(&["cardigan"]) => Closure::Buttons,
        () if look.titled(&["half-zip", "quarter-zip"]) => Closure::HalfZip,
        () if look.titled(&["zip hoodie"]) => Closure::Zip,
        () => Closure::None,
    };
    Upper {
        sleeve: match () {
            () if look.titled(&["tank"]) => Sleeve::None,
            () if short => Sleeve::Short,
            () => Sleeve::Long,
        },
        neck,
        closure,
        pocket: match () {
            () if look.titled(&["pocket"]) => Pocket::Chest,
            () if hooded || look.says(&["kangaroo"]) => Pocket::Kangaroo,
            () if look.titled(&["cardigan"]) => Pocket::Patch,
            () => Pocket::None,
        },
        hem: match knit || sweat {
            true => Hem::Rib,
            false => Hem::Straight,
        },
        length: match () {
            () if look.titled(&["changing"]) => 446.0,
            () if look.titled(&["cropped"]) => 336.0,
            () => 386.0,
        },
        flare: if look.titled(&["changing"]) {
            12.0
        } else {
            0.0
        },
        cuffs: knit || sweat,
        yoke: false,
    }
}

fn shirt(look: &Look) -> Upper {
    let grandfather = look.titled(&["grandfather"]);
    Upper {
        neck: match look.titled(&["band", "grandfather"]) {
            true => Neck::Band,
            false => Neck::Collar,
        },
        closure: match grandfather {
            true => Closure::Henley,
            false => Closure::Buttons,
        },
        pocket: match () {
            () if look.titled(&["barn", "flannel", "vented"]) => Pocket::Chest,
            () if look.titled(&["oxford"]) => Pocket::Chest,
            () => Pocket::None,
        },
        hem: Hem::Curved,
        length: 384.0,
        cuffs: false,
        ..Upper::default()
    }
}

fn extras(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["puffin"]) {
        puffin(sheet);
    }
    if look.titled(&["fox"]) {
        sheet.part(
            "M172 216L186 236H214L228 216L232 250Q226 280 200 292Q174 280 168 250z",
            Tone::Contrast,
        );
        sheet.part(
            "M200 292Q184 284 178 262L200 272L222 262Q216 284 200 292z",
            Tone::Light,
        );
        sheet.dot(186.0, 254.0, 3.4, Tone::Ink);
        sheet.dot(214.0, 254.0, 3.4, Tone::Ink);
        sheet.dot(200.0, 274.0, 4.2, Tone::Ink);
    }
    if look.titled(&["badge"]) {
        sheet.part(
            "M200 176L216 204H208L220 224H206V236H194V224H180L192 204H184z",
            Tone::Contrast,
        );
    }
    if look.titled(&["map"]) {
        for ring in [
            "M150 250Q170 206 214 212T258 252Q250 300 204 304T150 250z",
            "M166 252Q182 226 212 230T242 256Q234 284 204 288T166 252z",
            "M184 254Q194 244 210 246T224 258Q218 270 204 272T184 254z",
        ] {
            sheet.line(ring, Tone::Contrast, 2.6);
        }
    }
    if look.titled(&["yoke"]) {
        for (y, tone) in [
            (142, Tone::Contrast),
            (158, Tone::Dark),
            (174, Tone::Contrast),
        ] {
            let d = format!("M114 {y}{}", "l9.6 10l9.6-10".repeat(9));
            sheet.line(&d, tone, 4.0);
        }
    }
    if look.titled(&["dawn patrol", "clubhouse"]) {
        sheet.part("M222 176q12-14 24 0q-12 16-24 0z", Tone::Contrast);
    }
    if look.titled(&["sun dip"]) {
        sheet.part(
            "M200 200a34 34 0 0 1 34 34h-68a34 34 0 0 1 34-34z",
            Tone::Contrast,
        );
        sheet.line("M158 246q10 8 21 0t21 0 21 0 21 0", Tone::Contrast, 4.0);
    }
    if look.titled(&["vented"]) {
        sheet.seam("M116 172Q200 190 284 172");
    }
    if look.is("base-layers") || look.says(&["flat seams"]) {
        sheet.both(|sheet| sheet.stitch("M164 108L128 208L132 372", Tone::Contrast));
    }
}

fn puffin(sheet: &mut Sheet) {
    sheet.part(
        "M178 290C166 250 172 206 204 200C232 198 238 228 230 254C226 276 214 292 206 296z",
        Tone::Ink,
    );
    sheet.part(
        "M188 290C182 262 192 240 208 240C222 242 224 262 214 282L204 296z",
        Tone::Contrast,
    );
    sheet.part(
        "M198 208C216 200 228 212 226 224C218 232 204 228 198 208z",
        Tone::Contrast,
    );
    sheet.part("M226 212L252 222L228 232z", Tone::Cork);
    sheet.dot(214.0, 215.0, 2.6, Tone::Ink);
    sheet.line("M194 296v10M206 298v8", Tone::Cork, 4.0);
}
