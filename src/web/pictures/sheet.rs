//! The sheet that a product is drawn on: light from the upper left, soft shadow, one cloth.
//! It is 400 wide and 500 high; what is symmetrical is drawn on the left and mirrored.

use std::fmt::Write as _;

use super::palette::{Cloth, Rgb};
use super::texture::Texture;

/// What a flat part is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Light,
    Base,
    Shade,
    Dark,
    Deep,
    Contrast,
    Metal,
    Rubber,
    Cork,
    Ink,
}

pub struct Sheet {
    pub cloth: Cloth,
    texture: Texture,
    defs: String,
    body: String,
    halves: u32,
}

impl Sheet {
    pub fn new(cloth: Cloth) -> Self {
        Self {
            cloth,
            texture: Texture::Plain,
            defs: String::new(),
            body: String::new(),
            halves: 0,
        }
    }

    /// What the cloth that follows looks like from near. One for a picture.
    pub fn weave(&mut self, texture: Texture) {
        self.texture = texture;
        if let Some(pattern) = texture.pattern(&self.cloth.contrast()) {
            self.defs.push_str(&pattern);
        }
        if texture == Texture::Baffles {
            self.defs.push_str(
                "<linearGradient id=\"q\" x2=\"0\" y2=\"1\"><stop stop-color=\"#fff\" \
                 stop-opacity=\".05\"/><stop offset=\".3\" stop-color=\"#fff\" \
                 stop-opacity=\".15\"/><stop offset=\".75\" stop-color=\"#14131a\" \
                 stop-opacity=\".06\"/><stop offset=\".96\" stop-color=\"#14131a\" \
                 stop-opacity=\".26\"/><stop offset=\"1\" stop-color=\"#14131a\" \
                 stop-opacity=\".34\"/></linearGradient>",
            );
        }
    }

    fn tone(&self, tone: Tone) -> String {
        match tone {
            Tone::Light => self.cloth.light(),
            Tone::Base => self.cloth.base(),
            Tone::Shade => self.cloth.shade(),
            Tone::Dark => self.cloth.dark(),
            Tone::Deep => self.cloth.deep(),
            Tone::Contrast => self.cloth.contrast(),
            Tone::Metal => Rgb(176, 172, 160).hex(),
            Tone::Rubber => Rgb(58, 56, 54).hex(),
            Tone::Cork => Rgb(196, 160, 116).hex(),
            Tone::Ink => Rgb(36, 34, 38).hex(),
        }
    }

    /// A piece of the cloth, with its weave and the light on it.
    pub fn cloth(&mut self, d: &str) {
        let _ = write!(self.body, "<path d=\"{d}\" fill=\"url(#c)\"/>");
        self.woven(d);
    }

    /// The same lying in the shade: sleeves, the far side.
    pub fn behind(&mut self, d: &str) {
        let _ = write!(self.body, "<path d=\"{d}\" fill=\"url(#e)\"/>");
        self.woven(d);
    }

    /// The weave alone.
    pub fn woven(&mut self, d: &str) {
        if self.texture != Texture::Plain {
            let _ = write!(self.body, "<path d=\"{d}\" fill=\"url(#t)\"/>");
        }
    }

    /// A flat part.
    pub fn part(&mut self, d: &str, tone: Tone) {
        let fill = self.tone(tone);
        let _ = write!(self.body, "<path d=\"{d}\" fill=\"{fill}\"/>");
    }

    /// A line of a width and a tone.
    pub fn line(&mut self, d: &str, tone: Tone, width: f32) {
        let stroke = self.tone(tone);
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>"
        );
    }

    /// A line that ends where it ends: ribbing at a neck.
    pub fn band(&mut self, d: &str, tone: Tone, width: f32) {
        let stroke = self.tone(tone);
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" \
             stroke-linecap=\"butt\"/>"
        );
    }

    /// Where two pieces are sewn together.
    pub fn seam(&mut self, d: &str) {
        let stroke = self.tone(Tone::Deep);
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.6\" \
             stroke-opacity=\".55\"/>"
        );
    }

    /// Stitches that are seen.
    pub fn stitch(&mut self, d: &str, tone: Tone) {
        let stroke = self.tone(tone);
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"1.3\" \
             stroke-dasharray=\"4 2.6\" stroke-opacity=\".8\"/>"
        );
    }

    /// A soft fold in the cloth.
    pub fn fold(&mut self, d: &str) {
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"none\" stroke=\"#14131a\" stroke-width=\"11\" \
             stroke-opacity=\".16\" filter=\"url(#f)\"/>"
        );
    }

    /// Light along an edge.
    pub fn gleam(&mut self, d: &str, width: f32) {
        let _ = write!(
            self.body,
            "<path d=\"{d}\" fill=\"none\" stroke=\"#fff\" stroke-width=\"{width}\" \
             stroke-opacity=\".2\" filter=\"url(#f)\"/>"
        );
    }

    pub fn dot(&mut self, x: f32, y: f32, r: f32, tone: Tone) {
        let fill = self.tone(tone);
        let _ = write!(
            self.body,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\"/>"
        );
    }

    pub fn button(&mut self, x: f32, y: f32) {
        self.dot(x, y + 1.2, 5.4, Tone::Deep);
        self.dot(x, y, 5.0, Tone::Contrast);
        self.dot(x, y, 1.6, Tone::Deep);
    }

    /// A zip from one height to another, with its pull.
    pub fn zip(&mut self, from: f32, to: f32) {
        let d = format!("M200 {from}V{to}");
        self.line(&d, Tone::Deep, 7.0);
        let stroke = self.tone(Tone::Metal);
        let _ = write!(
            self.body,
            "<path d=\"{d}\" stroke=\"{stroke}\" stroke-width=\"3\" stroke-dasharray=\"1.6 2.2\"/>"
        );
        let pull = from + 6.0;
        self.part(&format!("M196 {pull}h8v7l-1.5 15h-5l-1.5-15z"), Tone::Metal);
    }

    /// Draws on the left, and the same mirrored on the right.
    pub fn both(&mut self, draw: impl FnOnce(&mut Self)) {
        self.halves += 1;
        let id = self.halves;
        let _ = write!(self.body, "<g id=\"h{id}\">");
        draw(self);
        let _ = write!(
            self.body,
            "</g><use href=\"#h{id}\" transform=\"matrix(-1 0 0 1 400 0)\"/>"
        );
    }

    /// Draws moved, turned or scaled.
    pub fn placed(&mut self, transform: &str, draw: impl FnOnce(&mut Self)) {
        let _ = write!(self.body, "<g transform=\"{transform}\">");
        draw(self);
        self.body.push_str("</g>");
    }

    /// The picture, named for whoever cannot see it.
    pub fn finish(self, title: &str, color: &str) -> String {
        let (above, below) = self.cloth.paper();
        let (light, base) = (self.cloth.light(), self.cloth.base());
        let (shade, dark) = (self.cloth.shade(), self.cloth.dark());
        let name = match color {
            "" => title.to_owned(),
            color => format!("{title}, {color}"),
        };
        let (name, defs, body) = (escaped(&name), self.defs, self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 500\" role=\"img\">\
             <title>{name}</title><defs>\
             <linearGradient id=\"b\" x2=\".4\" y2=\"1\"><stop stop-color=\"{above}\"/>\
             <stop offset=\"1\" stop-color=\"{below}\"/></linearGradient>\
             <linearGradient id=\"c\" x2=\"1\" y2=\".35\"><stop stop-color=\"{base}\"/>\
             <stop offset=\".3\" stop-color=\"{light}\"/><stop offset=\".62\" stop-color=\"{base}\"/>\
             <stop offset=\"1\" stop-color=\"{shade}\"/></linearGradient>\
             <linearGradient id=\"e\" x2=\".6\" y2=\"1\"><stop stop-color=\"{base}\"/>\
             <stop offset=\"1\" stop-color=\"{dark}\"/></linearGradient>\
             <filter id=\"s\" x=\"-20%\" y=\"-20%\" width=\"140%\" height=\"150%\">\
             <feDropShadow dx=\"3\" dy=\"9\" stdDeviation=\"9\" flood-color=\"#2a2620\" \
             flood-opacity=\".26\"/></filter>\
             <filter id=\"f\" x=\"-40\" y=\"-40\" width=\"480\" height=\"580\" \
             filterUnits=\"userSpaceOnUse\"><feGaussianBlur stdDeviation=\"6\"/></filter>{defs}</defs>\
             <path d=\"M0 0H400V500H0z\" fill=\"url(#b)\"/>\
             <g filter=\"url(#s)\" stroke-linejoin=\"round\" stroke-linecap=\"round\">{body}</g></svg>"
        )
    }
}

/// Text that stands in XML as itself: whoever wrote a title, it is a title.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // No character of XML.
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
