//! What nobody has drawn yet: a parcel, in the colour of the thing.

use super::look::Look;
use super::sheet::{Sheet, Tone};

pub fn draw(sheet: &mut Sheet, _: &Look) {
    sheet.behind("M200 150L330 206L200 262L70 206z");
    sheet.cloth("M70 206L200 262V414L70 352z");
    sheet.part("M330 206L200 262V414L330 352z", Tone::Shade);
    sheet.part(
        "M116 186L246 242V296L220 306L220 253L92 197z",
        Tone::Contrast,
    );
    sheet.seam("M70 206L200 262L330 206M200 262V414");
    sheet.gleam("M84 226V344", 8.0);
    sheet.part("M100 308l56 25v32l-56 -26z", Tone::Contrast);
    sheet.line("M110 326l34 15M110 337l22 10", Tone::Shade, 3.0);
    // The ribbon's bow.
    sheet.line(
        "M168 178C150 120 196 120 200 166C206 112 256 128 226 186",
        Tone::Dark,
        9.0,
    );
}
