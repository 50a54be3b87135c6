//! Boots, trainers, sandals and socks: one shown from the side, its other half behind it.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

const BEHIND: &str = "translate(58 -62) scale(.9)";

/// Draws a pair: the far one first.
fn pair(sheet: &mut Sheet, draw: impl Fn(&mut Sheet)) {
    sheet.placed(BEHIND, |sheet| draw(sheet));
    sheet.placed("translate(-14 26)", draw);
}

pub fn boot(sheet: &mut Sheet, look: &Look) {
    let smart = look.titled(&["lane", "chelsea"]);
    let heavy = look.titled(&["mountain"]);
    let low = look.titled(&["light", "mid", "ramble"]);
    pair(sheet, |sheet| {
        let top = if low { 172.0 } else { 138.0 };
        sole(sheet, if smart { 14.0 } else { 24.0 }, !smart);
        let d = format!(
            "M96 348C90 300 104 236 102 {top}Q150 {lip} 196 {top}C194 226 206 258 250 280C306 292 342 306 \
             344 348z",
            lip = top - 14.0
        );
        sheet.cloth(&d);
        sheet.part(
            &format!(
                "M104 {top}Q150 {a} 194 {top}Q150 {b} 104 {top}z",
                a = top - 12.0,
                b = top + 14.0
            ),
            Tone::Deep,
        );
        sheet.gleam("M262 296Q320 304 334 336", 8.0);
        sheet.fold("M196 262Q172 282 120 280");
        if smart {
            sheet.seam("M196 206C190 250 208 276 246 284M150 214v60");
            sheet.part("M128 196h44l-6 72h-34z", Tone::Dark);
            sheet.line("M112 138v-18M186 140v-18", Tone::Dark, 8.0);
            return;
        }
        // Toe cap, heel and the laced throat.
        sheet.part("M286 288Q342 300 344 348H282Q300 318 286 288z", Tone::Dark);
        sheet.part("M96 348C92 320 96 296 99 276Q124 300 128 348z", Tone::Dark);
        sheet.part(
            &format!(
                "M170 {}L196 {top}C196 236 214 264 252 280L236 292C192 270 172 240 170 {}z",
                top + 4.0,
                top + 4.0
            ),
            Tone::Shade,
        );
        laces(sheet, top, if low { 4 } else { 6 });
        sheet.seam("M128 348C132 300 160 290 232 306L282 316");
        if heavy || look.says(&["lugged"]) {
            sheet.part("M92 336H346V352H92z", Tone::Rubber);
        }
        sheet.line(
            &format!("M110 {0}q-12 4 -10 26", top + 2.0),
            Tone::Contrast,
            4.0,
        );
    });
}

fn laces(sheet: &mut Sheet, top: f32, rows: u8) {
    for row in 0..rows {
        let t = f32::from(row) / f32::from(rows);
        let y = top + 14.0 + t * (272.0 - top);
        let x = 172.0 + t * t * 58.0;
        sheet.line(&format!("M{x} {y}l26 -8", y = y + 4.0), Tone::Contrast, 4.0);
        sheet.dot(x, y + 4.0, 3.2, Tone::Metal);
    }
    sheet.line(
        &format!("M186 {0}q26 -18 30 4q-8 16 -24 2q-2 22 10 30", top + 6.0),
        Tone::Contrast,
        2.8,
    );
}

fn sole(sheet: &mut Sheet, height: f32, lugs: bool) {
    let low = 348.0 + height;
    sheet.part(
        &format!(
            "M92 344H347Q352 {a} 340 {low}H104Q90 {low} 92 344z",
            a = low - 6.0
        ),
        Tone::Rubber,
    );
    sheet.line("M94 350H346", Tone::Cork, 3.0);
    if lugs {
        let y = low - 2.0;
        sheet.line(
            &format!("M106 {y}h14M132 {y}h14M158 {y}h14M196 {y}h14M222 {y}h14M248 {y}h14M276 {y}h14M304 {y}h14"),
            Tone::Ink,
            7.0,
        );
    }
}

pub fn trainer(sheet: &mut Sheet, look: &Look) {
    let runner = look.titled(&["trail", "runner", "shower", "run"]);
    let slip_on = look.titled(&["slip-on"]);
    let canvas = look.titled(&["canvas", "slip-on"]);
    pair(sheet, |sheet| {
        sheet.cloth(
            "M84 344C78 304 84 268 92 250Q122 262 150 244C172 232 188 236 204 252C232 280 262 292 306 300Q350 \
             308 352 344z",
        );
        sheet.part(
            "M92 250Q122 262 150 244Q172 232 180 238Q150 272 92 250z",
            Tone::Deep,
        );
        sheet.gleam("M282 302Q330 308 342 330", 7.0);
        if slip_on {
            sheet.part(
                "M176 240Q212 264 232 284L206 306Q176 290 160 258z",
                Tone::Shade,
            );
            sheet.part("M152 250l14-8 20 44-16 8z", Tone::Dark);
        } else {
            sheet.part(
                "M174 238C200 244 226 284 268 294L244 312C206 300 178 280 160 252z",
                Tone::Shade,
            );
            for at in 0..5_u8 {
                let x = 172.0 + f32::from(at) * 17.0;
                let y = 262.0 + f32::from(at) * 9.6;
                sheet.line(&format!("M{x} {y}l22 -12"), Tone::Contrast, 4.2);
            }
        }
        if runner {
            sheet.line(
                "M120 330Q160 300 216 318M134 342Q190 306 262 330",
                Tone::Contrast,
                6.0,
            );
            sheet.part("M300 300Q350 306 352 344H290Q316 326 300 300z", Tone::Dark);
            sheet.part(
                "M84 344C79 312 84 284 90 262L112 268Q104 306 116 344z",
                Tone::Dark,
            );
        } else if !canvas {
            sheet.seam("M116 344C118 312 150 298 196 314L240 326");
            sheet.part("M86 262Q98 256 112 262L110 292Q96 294 84 288z", Tone::Dark);
            sheet.dot(270.0, 318.0, 1.6, Tone::Deep);
            sheet.dot(282.0, 322.0, 1.6, Tone::Deep);
            sheet.dot(294.0, 327.0, 1.6, Tone::Deep);
        } else {
            sheet.stitch("M92 334H280Q296 312 284 298", Tone::Contrast);
        }
        trainer_sole(sheet, runner);
    });
}

fn trainer_sole(sheet: &mut Sheet, runner: bool) {
    if runner {
        sheet.part(
            "M78 338Q120 348 180 340T352 338Q366 352 350 374H100Q76 372 78 338z",
            Tone::Light,
        );
        sheet.part("M92 368H356L348 380H104z", Tone::Rubber);
        sheet.line("M100 356Q160 366 220 356T344 354", Tone::Shade, 3.0);
    } else {
        sheet.part(
            "M82 338H354Q360 352 352 368H88Q78 354 82 338z",
            Tone::Contrast,
        );
        sheet.line("M84 352H355", Tone::Shade, 2.4);
        sheet.part("M88 364H352L350 370H92z", Tone::Cork);
    }
}

pub fn sandal(sheet: &mut Sheet, look: &Look) {
    let cork = look.titled(&["cork", "slide"]);
    let closed = look.titled(&["fisherman", "rockpool"]);
    pair(sheet, |sheet| {
        let bed = if cork { Tone::Cork } else { Tone::Rubber };
        sheet.part("M74 330Q90 316 140 324Q220 338 330 318Q358 316 352 340Q344 366 300 366H96Q70 362 74 330z", bed);
        sheet.line("M80 352Q200 362 348 346", Tone::Ink, 4.0);
        sheet.part("M80 326Q100 314 140 320Q220 334 326 316Q340 314 346 322Q240 346 140 336Q104 332 80 326z", Tone::Shade);
        if look.titled(&["slide"]) {
            sheet
                .cloth("M184 333C190 286 222 266 262 268C304 272 326 298 334 322Q262 344 184 333z");
            sheet.seam("M196 326C206 292 230 278 262 279C296 282 314 302 322 318");
            return;
        }
        sheet.cloth("M246 334C250 290 276 274 302 280C324 288 334 308 336 321Q296 340 246 334z");
        if closed {
            sheet.part(
                "M262 292l50 18M256 306l50 16M280 276l-14 50M300 284l-14 46z",
                Tone::Dark,
            );
            sheet.line(
                "M258 300Q290 296 322 310M284 270L276 332M306 280L298 330",
                Tone::Dark,
                7.0,
            );
        } else {
            sheet.seam("M256 326C262 298 280 284 302 290C318 296 324 308 326 316");
        }
        if look.titled(&["two-strap"]) {
            sheet
                .cloth("M136 331C140 284 168 264 200 266C228 270 238 300 240 334Q190 342 136 331z");
            sheet.dot(186.0, 280.0, 6.0, Tone::Metal);
            sheet.dot(276.0, 290.0, 6.0, Tone::Metal);
            return;
        }
        // The straps behind: over the instep and around the heel.
        sheet.line("M250 296C220 268 190 250 166 240", Tone::Base, 19.0);
        sheet.line("M166 244C150 276 146 300 150 328", Tone::Base, 17.0);
        sheet.line(
            "M98 326C84 276 92 252 104 244Q140 256 166 240",
            Tone::Dark,
            17.0,
        );
        sheet.gleam("M250 291C220 263 190 246 166 236", 3.0);
        sheet.part("M178 236h22v20h-22z", Tone::Metal);
    });
}

pub fn sock(sheet: &mut Sheet, look: &Look) {
    let short = look.titled(&["no-show"]);
    let top = match () {
        () if short => 262.0,
        () if look.titled(&["ski", "tall"]) => 60.0,
        () if look.titled(&["light", "rib"]) => 150.0,
        () => 104.0,
    };
    sheet.weave(match look.titled(&["fair isle"]) {
        true => Texture::Fleck,
        false => Texture::Rib,
    });
    let one = |sheet: &mut Sheet| {
        let d = format!(
            "M122 {top}H206L204 280C210 310 262 330 300 352C326 370 320 410 286 412C240 414 180 398 150 372C122 \
             350 118 320 120 288z"
        );
        sheet.cloth(&d);
        sheet.part(
            "M262 344C300 352 326 372 318 398Q304 418 270 411Q248 388 262 344z",
            Tone::Dark,
        );
        sheet.part(
            "M119 296Q150 300 168 330Q158 356 142 366Q116 340 119 296z",
            Tone::Dark,
        );
        sheet.fold("M204 284Q190 310 160 318");
        let cuff = format!("M118 {}H210V{}H118z", top - 6.0, top + 26.0);
        sheet.part(&cuff, Tone::Shade);
        sheet.woven(&cuff);
        if look.titled(&["fair isle"]) {
            for (at, tone) in [
                (48.0, Tone::Contrast),
                (84.0, Tone::Dark),
                (120.0, Tone::Contrast),
            ] {
                let y = top + at;
                sheet.line(
                    &format!("M124 {y}l10 10 10-10 10 10 10-10 10 10 10-10 10 10 8-8"),
                    tone,
                    4.0,
                );
            }
        } else if look.titled(&["trail", "hiking", "welly", "ski"]) {
            sheet.line(
                &format!("M122 {0}H206M122 {1}H206", top + 42.0, top + 54.0),
                Tone::Contrast,
                5.0,
            );
        }
    };
    let lift = if short { -46.0 } else { 0.0 };
    sheet.placed(&format!("translate(48 {}) scale(.94)", lift - 6.0), one);
    sheet.placed(&format!("translate(-36 {})", lift + 32.0), one);
}
