//! Pages to draw on: places from the top left in points, text as encoded bytes, grey levels.

use jiff::Zoned;
use pdf_writer::{Content, Date, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use qrcode::{Color, EcLevel, QrCode};

use super::font::{self, Face};

const REGULAR: Name<'static> = Name(b"R");
const BOLD: Name<'static> = Name(b"B");

/// White modules that a reader needs around the code.
const QUIET_MODULES: f32 = 4.0;

/// Text that stands somewhere: face, size, level of grey (0 is black).
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) grey: f32,
}

impl Style {
    pub(super) fn new(face: Face, size: f32) -> Self {
        Self {
            face,
            size,
            grey: 0.0,
        }
    }

    pub(super) fn grey(self) -> Self {
        Self { grey: 0.4, ..self }
    }

    /// From one line to the next.
    pub(super) fn leading(self) -> f32 {
        self.size * 1.3
    }

    pub(super) fn width(self, text: &[u8]) -> f32 {
        font::width(text, self.face, self.size)
    }

    pub(super) fn wrap(self, text: &str, room: f32, lines_max: usize) -> Vec<Vec<u8>> {
        font::wrap(&font::encode(text), self.face, self.size, room, lines_max)
    }

    pub(super) fn fit(self, text: &str, room: f32) -> Vec<u8> {
        font::fit(&font::encode(text), self.face, self.size, room)
    }
}

/// What was drawn of a code: its dark square, and how far everything else must stay away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Code {
    pub(super) side: f32,
    pub(super) quiet: f32,
}

pub(super) struct Sheets {
    width: f32,
    height: f32,
    pages: Vec<Content>,
}

impl Sheets {
    pub(super) fn new(width: f32, height: f32) -> Self {
        Self {
            width,
            height,
            pages: vec![Content::new()],
        }
    }

    pub(super) fn turn(&mut self) {
        self.pages.push(Content::new());
    }

    pub(super) fn count(&self) -> usize {
        self.pages.len()
    }

    fn last(&mut self) -> &mut Content {
        self.pages.last_mut().expect("there is a first page")
    }

    /// One line whose letters hang from `top`.
    pub(super) fn line(&mut self, left: f32, top: f32, style: Style, text: &[u8]) {
        let page = self.count() - 1;
        self.line_on(page, left, top, style, text);
    }

    pub(super) fn line_on(&mut self, page: usize, left: f32, top: f32, style: Style, text: &[u8]) {
        let base = self.height - top - style.size * 0.8;
        let face = match style.face {
            Face::Regular => REGULAR,
            Face::Bold => BOLD,
        };
        let content = &mut self.pages[page];
        content.set_fill_gray(style.grey).begin_text();
        content.set_font(face, style.size).next_line(left, base);
        content.show(Str(text)).end_text();
    }

    /// Lines from `top` down; returns where they end.
    pub(super) fn lines(&mut self, left: f32, top: f32, style: Style, lines: &[Vec<u8>]) -> f32 {
        lines.iter().fold(top, |top, line| {
            self.line(left, top, style, line);
            top + style.leading()
        })
    }

    pub(super) fn rule(&mut self, top: f32, left: f32, right: f32, grey: f32) {
        let y = self.height - top;
        self.last().set_stroke_gray(grey).set_line_width(0.6);
        self.last().move_to(left, y).line_to(right, y).stroke();
    }

    pub(super) fn filled(&mut self, left: f32, top: f32, width: f32, height: f32, grey: f32) {
        let y = self.height - top - height;
        self.last().set_fill_gray(grey);
        self.last().rect(left, y, width, height).fill_nonzero();
    }

    /// The code of `data`, its dark square ending at `right` and no larger than `side`. Modules are
    /// whole points, so that no seam shows between them. What no code can hold (over two thousand
    /// bytes; a return number has nine) is not drawn.
    pub(super) fn code(&mut self, data: &str, right: f32, top: f32, side: f32) -> Code {
        let Ok(code) = QrCode::with_error_correction_level(data, EcLevel::M) else {
            return Code::default();
        };
        let modules = code.width();
        let exact = side / modules as f32;
        // Below one point there are no whole ones: a number so long is drawn with seams.
        let module = if exact < 1.0 { exact } else { exact.floor() };
        let drawn = Code {
            side: module * modules as f32,
            quiet: module * QUIET_MODULES,
        };
        let (left, top) = (right - drawn.side, self.height - top);
        self.last().set_fill_gray(0.0);
        for (row, colors) in code.to_colors().chunks(modules).enumerate() {
            let y = top - (row + 1) as f32 * module;
            let mut column = 0;
            for run in colors.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    let x = left + column as f32 * module;
                    self.last().rect(x, y, run.len() as f32 * module, module);
                }
                column += run.len();
            }
        }
        self.last().fill_nonzero();
        drawn
    }

    /// The document; the same pages and time give the same bytes.
    pub(super) fn finish(self, title: &str, created: &Zoned) -> Vec<u8> {
        let mut pdf = Pdf::new();
        let mut next = 0;
        let mut new_ref = || {
            next += 1;
            Ref::new(next)
        };
        let (catalog, tree, info) = (new_ref(), new_ref(), new_ref());
        let fonts = [
            (REGULAR, "Helvetica", new_ref()),
            (BOLD, "Helvetica-Bold", new_ref()),
        ];
        let pages: Vec<_> = self.pages.iter().map(|_| (new_ref(), new_ref())).collect();

        pdf.catalog(catalog).pages(tree).lang(TextStr("en"));
        let count = i32::try_from(pages.len()).expect("pages are capped");
        pdf.pages(tree)
            .kids(pages.iter().map(|page| page.0))
            .count(count);
        let mut about = pdf.document_info(info);
        about.title(TextStr(title)).creation_date(date(created));
        about.finish();
        for (_, name, id) in fonts {
            let mut font = pdf.type1_font(id);
            font.base_font(Name(name.as_bytes()));
            font.encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for ((id, stream), content) in pages.into_iter().zip(self.pages) {
            let mut page = pdf.page(id);
            page.media_box(Rect::new(0.0, 0.0, self.width, self.height));
            page.parent(tree).contents(stream);
            let mut resources = page.resources();
            resources
                .fonts()
                .pairs(fonts.map(|(name, _, font)| (name, font)));
            resources.finish();
            page.finish();
            pdf.stream(stream, &content.finish());
        }
        pdf.finish()
    }
}

fn date(at: &Zoned) -> Date {
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    Date::new(u16::try_from(at.year()).unwrap_or(0))
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(i8::try_from(at.offset().seconds() / 3600).unwrap_or(0))
        .utc_offset_minute(part(
            i8::try_from(at.offset().seconds().abs() / 60 % 60).unwrap_or(0),
        ))
}
