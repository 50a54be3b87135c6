//! What is worn on the head.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

pub fn draw(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["headband"]) {
        headband(sheet);
    } else if look.titled(&["flat cap"]) {
        flat_cap(sheet);
    } else if look.titled(&["bucket"]) {
        bucket(sheet);
    } else if look.titled(&["brim", "sun hat"]) {
        wide_brim(sheet);
    } else if look.titled(&["cap"]) {
        cap(sheet);
    } else {
        beanie(sheet, look.titled(&["bobble", "pom"]));
    }
}

fn beanie(sheet: &mut Sheet, bobble: bool) {
    sheet.weave(match bobble {
        true => Texture::Cable,
        false => Texture::Rib,
    });
    if bobble {
        sheet.dot(200.0, 106.0, 44.0, Tone::Contrast);
        for (x, y) in [
            (176.0, 92.0),
            (210.0, 80.0),
            (226.0, 112.0),
            (190.0, 124.0),
            (204.0, 104.0),
        ] {
            sheet.line(&format!("M{x} {y}q10 -8 16 4"), Tone::Shade, 3.0);
        }
    }
    sheet.cloth("M92 330C84 210 128 132 200 132S316 210 308 330Q200 356 92 330z");
    sheet.fold("M150 160Q124 230 128 310M250 160Q276 230 272 310");
    sheet.gleam("M128 220Q138 170 176 150", 10.0);
    let brim = "M84 306Q200 336 316 306L320 372Q318 386 304 390Q200 414 96 390Q82 386 80 372z";
    sheet.part(brim, Tone::Shade);
    sheet.woven(brim);
    sheet.seam("M84 306Q200 336 316 306");
    if !bobble {
        sheet.part("M222 352l46 -5v22l-46 5z", Tone::Contrast);
    }
}

fn cap(sheet: &mut Sheet) {
    sheet.part(
        "M100 300Q60 372 66 388Q150 330 262 346Q210 300 100 300z",
        Tone::Dark,
    );
    sheet.cloth(
        "M96 306C90 204 142 140 218 142C294 144 330 210 330 300Q330 318 312 322Q196 296 96 306z",
    );
    sheet.part(
        "M96 302Q180 288 262 316Q196 330 120 350Q84 366 66 390Q46 378 62 348Q76 318 96 302z",
        Tone::Base,
    );
    sheet.gleam("M70 366Q110 330 190 316", 5.0);
    sheet.stitch(
        "M74 370Q112 338 200 322M78 358Q112 330 176 316",
        Tone::Contrast,
    );
    sheet.seam("M218 142C180 180 172 250 176 298M218 142C270 190 290 250 288 314");
    sheet.dot(218.0, 143.0, 7.0, Tone::Dark);
    sheet.dot(152.0, 214.0, 3.2, Tone::Deep);
    sheet.dot(238.0, 214.0, 3.2, Tone::Deep);
}

fn bucket(sheet: &mut Sheet) {
    sheet.part("M66 356Q200 286 334 356Q200 330 66 356z", Tone::Deep);
    sheet.cloth("M126 312L142 182Q200 148 258 182L274 312Q200 336 126 312z");
    sheet.gleam("M150 296L160 196", 10.0);
    sheet.seam("M142 186Q200 212 258 186");
    sheet.cloth("M126 304Q200 332 274 304L342 368Q200 432 58 368z");
    sheet.stitch(
        "M112 324Q200 354 288 324M96 340Q200 376 304 340M80 356Q200 400 320 356",
        Tone::Contrast,
    );
    sheet.line("M126 304Q200 332 274 304", Tone::Deep, 3.0);
    sheet.dot(156.0, 262.0, 4.0, Tone::Metal);
    sheet.dot(170.0, 266.0, 4.0, Tone::Metal);
}

fn flat_cap(sheet: &mut Sheet) {
    sheet.weave(Texture::Herringbone);
    sheet.part("M66 326Q110 366 214 348Q132 336 96 300z", Tone::Deep);
    sheet.cloth(
        "M70 312C62 236 140 178 232 182C312 188 344 246 332 308Q318 330 290 332Q170 352 70 312z",
    );
    sheet.seam("M232 182C180 216 150 276 150 336M232 182C270 216 292 268 288 332");
    sheet.gleam("M96 264Q136 214 210 200", 10.0);
    let peak = "M68 308Q130 352 232 342Q182 372 114 366Q64 352 68 308z";
    sheet.part(peak, Tone::Shade);
    sheet.woven(peak);
    sheet.seam("M68 308Q130 352 232 342");
    sheet.dot(232.0, 183.0, 6.0, Tone::Dark);
}

fn wide_brim(sheet: &mut Sheet) {
    sheet.weave(Texture::Webbing);
    sheet.behind("M28 318Q40 270 200 262Q360 270 372 318Q360 372 200 380Q40 372 28 318z");
    sheet.line("M40 318Q60 362 200 368T360 318", Tone::Dark, 2.0);
    sheet.cloth("M116 306C112 212 142 160 200 160S288 212 284 306Q200 336 116 306z");
    sheet.gleam("M140 280Q140 200 178 178", 11.0);
    sheet.part(
        "M115 274Q200 304 285 274L284 308Q200 338 116 308z",
        Tone::Deep,
    );
    sheet.line("M262 300q22 14 20 44M262 300q4 22 -6 40", Tone::Deep, 6.0);
}

fn headband(sheet: &mut Sheet) {
    sheet.weave(Texture::Rib);
    sheet.part("M82 222Q200 168 318 222Q200 256 82 222z", Tone::Deep);
    sheet.cloth("M80 222Q200 262 320 222L322 304Q200 350 78 304z");
    sheet.gleam("M100 250Q150 268 190 270", 10.0);
    sheet.seam("M80 234Q200 274 320 234M79 292Q200 338 321 292");
    sheet.line("M222 282l44 -6", Tone::Contrast, 7.0);
}
