//! What is carried.

use super::look::Look;
use super::sheet::{Sheet, Tone};
use super::texture::Texture;

pub fn on_the_back(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["vest"]) {
        return race_vest(sheet);
    }
    let scale = if look.is_for_kids() {
        "translate(40 64) scale(.8)"
    } else {
        "translate(0 0)"
    };
    sheet.placed(scale, |sheet| {
        // The handle and the straps behind it.
        sheet.line("M168 92Q200 50 232 92", Tone::Dark, 11.0);
        sheet.both(|sheet| sheet.line("M122 180C84 240 84 340 118 410", Tone::Deep, 17.0));
        if look.titled(&["trekking", "expedition"]) {
            trekking(sheet);
        } else if look.titled(&["roll-top"]) {
            roll_top(sheet);
        } else if look.titled(&["canvas", "rucksack"]) {
            rucksack(sheet);
        } else {
            daypack(sheet, look.titled(&["packable"]));
        }
    });
}

fn daypack(sheet: &mut Sheet, light: bool) {
    sheet.cloth("M112 426C98 330 98 220 116 150C126 100 160 84 200 84S274 100 284 150C302 220 302 330 288 426Q200 446 112 426z");
    sheet.gleam("M128 390C118 310 120 220 136 150", 12.0);
    sheet.line(
        "M118 190C124 120 160 108 200 108S276 120 282 190",
        Tone::Deep,
        4.0,
    );
    sheet.part("M278 190l10 0v20h-10z", Tone::Metal);
    let pocket =
        "M122 268Q200 284 278 268C286 330 284 380 278 412Q200 430 122 412C116 380 114 330 122 268z";
    sheet.part(pocket, Tone::Shade);
    sheet.line("M124 276Q200 294 276 276", Tone::Deep, 4.0);
    sheet.seam("M122 412Q200 430 278 412");
    if !light {
        sheet.both(|sheet| {
            sheet.part(
                "M102 300Q88 340 106 412L124 410Q112 350 116 306z",
                Tone::Dark,
            )
        });
        sheet.line("M172 220h56M180 232h40", Tone::Contrast, 4.0);
    }
    sheet.line("M148 340Q200 352 252 340", Tone::Dark, 8.0);
}

fn trekking(sheet: &mut Sheet) {
    sheet.cloth(
        "M118 440C104 350 104 220 122 140Q200 112 278 140C296 220 296 350 282 440Q200 458 118 440z",
    );
    sheet.both(|sheet| {
        sheet.part(
            "M118 250Q92 300 108 424L128 430Q116 340 128 256z",
            Tone::Dark,
        );
        sheet.line("M126 220L170 300M122 372L168 330", Tone::Deep, 4.0);
    });
    sheet.part("M146 232H254L260 402Q200 416 140 402z", Tone::Shade);
    sheet.line("M146 244Q200 258 254 244", Tone::Deep, 4.0);
    sheet.line("M160 150V420M240 150V420", Tone::Dark, 7.0);
    sheet.cloth("M104 150C108 92 150 70 200 70S292 92 296 150Q200 186 104 150z");
    sheet.gleam("M124 132Q136 96 180 86", 8.0);
    sheet.line("M122 128Q200 156 278 128", Tone::Deep, 3.4);
    sheet.part("M152 176h16v14h-16zM232 176h16v14h-16z", Tone::Metal);
}

fn roll_top(sheet: &mut Sheet) {
    sheet.cloth("M114 430L118 130H282L286 430Q200 446 114 430z");
    sheet.gleam("M132 400L136 150", 12.0);
    sheet.part(
        "M112 92Q200 80 288 92L286 142Q200 158 114 142z",
        Tone::Shade,
    );
    sheet.seam("M113 108Q200 98 287 108M113 124Q200 118 287 124");
    sheet.line(
        "M118 118C96 160 106 226 120 250M282 118C304 160 294 226 280 250",
        Tone::Dark,
        9.0,
    );
    sheet.part("M176 142h48v26h-48z", Tone::Metal);
    sheet.line("M200 146V250", Tone::Dark, 12.0);
    sheet.part("M136 286H264L262 400Q200 412 138 400z", Tone::Shade);
    sheet.line("M136 300H264", Tone::Deep, 4.0);
    sheet.line("M148 372h104", Tone::Contrast, 5.0);
}

fn rucksack(sheet: &mut Sheet) {
    sheet.cloth("M108 432C96 350 100 250 112 160H288C300 250 304 350 292 432Q200 450 108 432z");
    sheet.both(|sheet| {
        let d = "M120 312h64v88q0 8 -8 8h-48q-8 0 -8 -8z";
        sheet.part(d, Tone::Shade);
        sheet.part("M116 304h72v30q-36 12 -72 0z", Tone::Dark);
        sheet.line("M152 330v34", Tone::Cork, 11.0);
        sheet.part("M144 356h16v14h-16z", Tone::Metal);
    });
    sheet.cloth("M100 176C104 110 150 92 200 92S296 110 300 176V230Q200 262 100 230z");
    sheet.gleam("M118 200Q124 130 176 112", 10.0);
    sheet.stitch("M110 222Q200 250 290 222", Tone::Contrast);
    sheet.both(|sheet| {
        sheet.line("M152 224V286", Tone::Cork, 13.0);
        sheet.part("M142 262h20v18h-20z", Tone::Metal);
    });
}

fn race_vest(sheet: &mut Sheet) {
    sheet.weave(Texture::Webbing);
    sheet.both(|sheet| {
        sheet.cloth("M158 86Q120 100 112 150C104 220 108 300 116 372Q150 396 188 380L190 250C172 200 172 140 178 92z");
        sheet.part("M124 236h54v106q-27 14 -54 0z", Tone::Dark);
        sheet.part("M138 190h28v80h-28z", Tone::Contrast);
        sheet.part("M144 172h16v20h-16z", Tone::Rubber);
    });
    sheet.line("M182 206H218M186 320H214", Tone::Deep, 6.0);
    sheet.line("M158 86Q200 116 242 86", Tone::Dark, 15.0);
}

pub fn in_the_hand(sheet: &mut Sheet, look: &Look) {
    if look.titled(&["holdall", "weekender", "duffel"]) {
        holdall(sheet, look.titled(&["dry"]));
    } else if look.titled(&["satchel", "crossbody"]) {
        satchel(sheet);
    } else if look.titled(&["wash"]) {
        wash_bag(sheet);
    } else if look.titled(&["hip", "belt"]) {
        hip_pack(sheet);
    } else if look.titled(&["sleeve", "laptop"]) {
        laptop_sleeve(sheet);
    } else {
        tote(sheet);
    }
}

fn tote(sheet: &mut Sheet) {
    sheet.line("M154 210C150 80 250 80 246 210", Tone::Dark, 15.0);
    sheet.cloth("M92 196H308L326 428Q200 444 74 428z");
    sheet.line("M144 214C136 60 264 60 256 214", Tone::Base, 15.0);
    sheet.gleam("M112 220L98 410", 14.0);
    sheet.stitch("M94 212H306", Tone::Contrast);
    sheet.stitch("M136 200h16v32h-16zM248 200h16v32h-16z", Tone::Contrast);
    sheet.part(
        "M200 268L222 306H212L228 332H206V350H194V332H172L188 306H178z",
        Tone::Contrast,
    );
    sheet.fold("M96 300Q120 360 110 426M304 300Q280 360 292 426");
}

fn holdall(sheet: &mut Sheet, dry: bool) {
    sheet.line("M140 230C140 130 260 130 260 230", Tone::Dark, 13.0);
    sheet.cloth(
        "M70 236Q66 206 100 204H300Q334 206 330 236L340 370Q338 400 306 402H94Q62 400 60 370z",
    );
    sheet.gleam("M96 220H290", 6.0);
    sheet.both(|sheet| {
        sheet.part(
            "M70 236Q66 206 100 204L110 204Q92 300 98 402H94Q62 400 60 370z",
            Tone::Dark,
        )
    });
    sheet.line("M108 226H292", Tone::Deep, 6.0);
    sheet.part("M286 220h14v14h-14z", Tone::Metal);
    let strap = if dry { Tone::Ink } else { Tone::Cork };
    sheet.line("M134 402V226C134 118 266 118 266 226V402", strap, 14.0);
    if dry {
        sheet.line("M134 300H266M134 340H266", Tone::Contrast, 5.0);
    } else {
        sheet.part("M160 290H240V364Q200 374 160 364z", Tone::Shade);
        sheet.seam("M160 304H240");
    }
}

fn satchel(sheet: &mut Sheet) {
    sheet.line("M96 230C100 60 300 60 304 230", Tone::Dark, 11.0);
    sheet.cloth("M84 216H316L322 396Q200 414 78 396z");
    sheet.cloth("M80 204H320V290C300 342 250 354 200 354S100 342 80 290z");
    sheet.gleam("M98 220V286", 10.0);
    sheet.stitch(
        "M90 214V288C110 334 154 344 200 344S290 334 310 288V214",
        Tone::Contrast,
    );
    sheet.part("M186 314h28v56h-28z", Tone::Dark);
    sheet.dot(200.0, 356.0, 7.0, Tone::Metal);
    sheet.dot(96.0, 226.0, 7.0, Tone::Metal);
    sheet.dot(304.0, 226.0, 7.0, Tone::Metal);
}

fn wash_bag(sheet: &mut Sheet) {
    sheet.cloth(
        "M82 250Q84 214 120 212H280Q316 214 318 250L324 360Q322 388 292 390H108Q78 388 76 360z",
    );
    sheet.gleam("M104 240L100 360", 12.0);
    sheet.line("M92 240Q200 226 308 240", Tone::Deep, 6.0);
    sheet.part("M292 232h18v12h-18z", Tone::Metal);
    sheet.line("M310 238q26 4 24 34", Tone::Cork, 6.0);
    sheet.line("M318 300q28 10 10 50", Tone::Dark, 12.0);
    sheet.stitch("M82 356Q200 372 318 356", Tone::Contrast);
}

fn hip_pack(sheet: &mut Sheet) {
    sheet.line("M32 258C90 214 310 214 368 258", Tone::Dark, 22.0);
    sheet.cloth(
        "M86 244Q200 214 314 244C330 300 316 354 268 366Q200 378 132 366C84 354 70 300 86 244z",
    );
    sheet.gleam("M106 262Q102 320 132 346", 10.0);
    sheet.line("M96 262Q200 236 304 262", Tone::Deep, 5.0);
    sheet.part("M288 250h16v14h-16z", Tone::Metal);
    sheet.part(
        "M124 292Q200 276 276 292Q282 338 256 350Q200 360 144 350Q118 338 124 292z",
        Tone::Shade,
    );
    sheet.line("M130 302Q200 288 270 302", Tone::Deep, 4.0);
    sheet.part("M30 244h34v28h-34z", Tone::Rubber);
}

fn laptop_sleeve(sheet: &mut Sheet) {
    sheet.weave(Texture::Fleck);
    sheet.part(
        "M104 168Q108 150 126 150H274Q292 150 296 168L300 220H100z",
        Tone::Metal,
    );
    sheet.cloth("M76 200H324V384Q324 400 308 400H92Q76 400 76 384z");
    sheet.stitch(
        "M86 206V382Q86 390 94 390H306Q314 390 314 382V206",
        Tone::Contrast,
    );
    sheet.part("M76 200H324V214H76z", Tone::Dark);
    sheet.line("M260 196V300", Tone::Cork, 18.0);
    sheet.dot(260.0, 290.0, 6.0, Tone::Metal);
}
