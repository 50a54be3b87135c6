//! Dresses.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;
use super::upper::{Closure, Hem, Neck, Pocket, Sleeve, Upper};

pub fn draw(sheet: &mut Sheet, look: &Look) {
    sheet.weave(match () {
        () if look.titled(&["corduroy"]) => Texture::Cord,
        () if look.titled(&["flannel"]) => Texture::Herringbone,
        () if look.titled(&["seersucker"]) => Texture::Rib,
        () => Texture::Plain,
    });
    let strapped = look.titled(&["pinafore", "dungaree", "sundress"]);
    let dress = Upper {
        sleeve: match () {
            () if strapped || look.titled(&["active"]) => Sleeve::None,
            () if look.titled(&["tee", "jersey", "wrap"]) => Sleeve::Short,
            () => Sleeve::Long,
        },
        neck: match () {
            () if look.titled(&["shirt"]) => Neck::Collar,
            () if look.titled(&["wrap"]) => Neck::Vee,
            () if look.titled(&["jersey"]) => Neck::Boat,
            () if strapped || look.titled(&["active"]) => Neck::Scoop,
            () => Neck::Crew,
        },
        closure: match () {
            () if look.titled(&["shirt"]) => Closure::Buttons,
            () if look.titled(&["tunic"]) => Closure::Henley,
            () => Closure::None,
        },
        pocket: match () {
            () if look.titled(&["pinafore", "dungaree", "tunic"]) => Pocket::Patch,
            () => Pocket::None,
        },
        hem: Hem::Straight,
        length: 462.0,
        flare: match () {
            () if look.titled(&["sundress", "wrap", "shirt"]) => 54.0,
            () if look.titled(&["tee", "active"]) => 18.0,
            () => 38.0,
        },
        ..Upper::default()
    };
    dress.draw(sheet);
    let waist = look.titled(&["shirt", "wrap", "sundress", "dungaree"]);
    if waist {
        sheet.line("M124 262Q200 276 276 262", Tone::Dark, 9.0);
        for fold in [
            "M150 276Q140 360 126 450",
            "M200 280V460",
            "M250 276Q260 360 274 450",
        ] {
            sheet.fold(fold);
        }
    }
    if look.titled(&["wrap"]) {
        sheet.seam("M200 182Q236 220 268 262M262 270Q284 360 268 458");
        sheet.line("M262 266q30 14 26 66M262 266q8 24 0 58", Tone::Dark, 6.0);
    }
    if strapped {
        sheet.both(|sheet| {
            sheet.line("M142 104L150 176", Tone::Dark, 12.0);
            sheet.dot(149.0, 178.0, 5.4, Tone::Metal);
        });
    }
    if look.titled(&["dungaree"]) {
        sheet.seam("M172 196h56v40h-56z");
    }
}
