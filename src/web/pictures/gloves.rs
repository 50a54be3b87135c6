//! Gloves and mittens, in pairs.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

pub fn draw(sheet: &mut Sheet, look: &Look) {
    sheet.weave(match () {
        () if look.titled(&["cable"]) => Texture::Cable,
        () if look.titled(&["merino"]) => Texture::Knit,
        () => Texture::Plain,
    });
    let mitten = look.titled(&["mitt"]);
    let one = |sheet: &mut Sheet| {
        match mitten {
            true => sheet.cloth(
                "M124 356C118 290 112 220 132 158C142 122 200 118 218 150C234 190 232 232 234 256C246 232 266 220 282 \
                 236C296 256 262 318 240 356z",
            ),
            false => fingers(sheet),
        }
        sheet.fold("M150 330Q180 344 226 320");
        details(sheet, look, mitten);
        let cuff = "M116 346H248L252 424Q184 440 112 424z";
        if look.titled(&["sheepskin"]) {
            sheet.part(
                "M106 340Q184 356 260 340Q272 384 258 402Q184 420 108 402Q96 374 106 340z",
                Tone::Contrast,
            );
            return;
        }
        sheet.part(cuff, Tone::Shade);
        sheet.woven(cuff);
        sheet.seam("M116 346H248");
        if !look.titled(&["driving", "belay"]) {
            sheet.seam("M130 350V424M148 350V428M166 350V430M184 350V431M202 350V430M220 350V428M238 350V424");
        }
    };
    sheet.placed("translate(140 24) scale(.8) rotate(8 180 300)", one);
    sheet.placed(
        "translate(334 66) scale(-.86 .86) rotate(6 180 300) translate(46 0)",
        one,
    );
}

fn fingers(sheet: &mut Sheet) {
    sheet.behind("M222 300C240 266 262 236 282 244C296 256 276 300 240 352z");
    sheet.cloth(
        "M122 352C114 300 110 268 110 226L106 162Q112 144 126 158L136 220L138 126Q148 108 160 126L164 216L172 \
         108Q184 92 194 112L192 220L208 134Q220 120 228 138L222 234C226 262 240 300 244 352z",
    );
    sheet.seam("M136 220V250M164 216V250M192 220V250");
    sheet.gleam("M147 132V230M182 118V228", 5.0);
}

fn details(sheet: &mut Sheet, look: &Look, mitten: bool) {
    if look.titled(&["driving"]) {
        for (x, y) in [
            (136.0, 262.0),
            (160.0, 256.0),
            (184.0, 256.0),
            (208.0, 264.0),
        ] {
            sheet.dot(x, y, 6.0, Tone::Deep);
        }
        sheet.line("M132 340h74", Tone::Dark, 10.0);
        sheet.dot(204.0, 340.0, 5.0, Tone::Metal);
    }
    if look.titled(&["downpour", "belay"]) {
        sheet.part(
            "M122 270Q176 250 228 272L234 322Q178 304 124 322z",
            Tone::Dark,
        );
        sheet.line("M120 340h128", Tone::Contrast, 6.0);
    }
    if look.titled(&["puddle"]) && mitten {
        sheet.line("M130 300Q184 318 236 300", Tone::Contrast, 9.0);
    }
    if look.titled(&["sheepskin"]) {
        sheet.stitch(
            "M150 330C142 270 144 200 160 160M212 330Q206 220 196 160",
            Tone::Contrast,
        );
    }
}
