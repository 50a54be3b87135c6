//! Where everything stands. The first page carries what every parcel needs at fixed places; items
//! flow between and go on over further pages.

use super::font::{self, Face};
use super::sheet::{Sheets, Style};
use super::{Filled, Paper, Slip, SlipLine, item, more, page_of};
use crate::domain::limits::SLIP_ITEMS_MAX;
use crate::shop::ShopProfile;

const ADDRESS_LINES_MAX: usize = 7;
const REFUND_LINES_MAX: usize = 5;
const STEP_LINES_MAX: usize = 2;
const TITLE_LINES_MAX: usize = 2;

/// Sizes in points.
struct Measures {
    width: f32,
    height: f32,
    margin: f32,
    /// Between blocks.
    gap: f32,
    name: f32,
    number: f32,
    body: f32,
    small: f32,
    code: f32,
    reason: f32,
    quantity: f32,
}

const A4: Measures = Measures {
    width: 595.28,
    height: 841.89,
    margin: 48.0,
    gap: 22.0,
    name: 20.0,
    number: 34.0,
    body: 11.0,
    small: 9.0,
    code: 126.0,
    reason: 120.0,
    quantity: 36.0,
};

const A6: Measures = Measures {
    width: 297.64,
    height: 419.53,
    margin: 18.0,
    gap: 8.0,
    name: 12.0,
    number: 22.0,
    body: 7.5,
    small: 6.5,
    code: 63.0,
    reason: 62.0,
    quantity: 20.0,
};

impl Measures {
    fn right(&self) -> f32 {
        self.width - self.margin
    }

    fn inner(&self) -> f32 {
        self.width - 2.0 * self.margin
    }

    fn body(&self) -> Style {
        Style::new(Face::Regular, self.body)
    }

    fn strong(&self) -> Style {
        Style::new(Face::Bold, self.body)
    }

    fn small(&self) -> Style {
        Style::new(Face::Regular, self.small).grey()
    }
}

pub(super) fn draw(slip: &Slip, profile: &ShopProfile, words: &Filled, paper: Paper) -> Sheets {
    let measures = match paper {
        Paper::A4 => &A4,
        Paper::A6 => &A6,
    };
    let mut layout = Layout {
        sheets: Sheets::new(measures.width, measures.height),
        m: measures,
        words,
        top: measures.margin,
        bottom: measures.height - measures.margin,
    };
    layout.head(&profile.name, words.title);
    layout.number(slip);
    layout.columns(profile);
    layout.steps();
    layout.items(slip, &profile.name);
    layout.foot();
    layout.sheets
}

struct Layout<'a> {
    sheets: Sheets,
    m: &'a Measures,
    words: &'a Filled,
    /// Where the next block begins.
    top: f32,
    /// Where the room for items ends on this page.
    bottom: f32,
}

impl Layout<'_> {
    /// The shop's name, and what this is, over a rule.
    fn head(&mut self, name: &str, title: &str) {
        let m = self.m;
        let name_style = Style::new(Face::Bold, m.name);
        let title_style = Style::new(Face::Regular, m.name * 0.7).grey();
        let title = title_style.fit(title, m.inner() * 0.5);
        let title_width = title_style.width(&title);
        let name = name_style.fit(name, m.inner() - title_width - m.gap);
        self.sheets.line(m.margin, self.top, name_style, &name);
        let drop = (name_style.size - title_style.size) * 0.8;
        let left = m.right() - title_width;
        self.sheets.line(left, self.top + drop, title_style, &title);
        self.top += name_style.leading();
        self.sheets.rule(self.top, m.margin, m.right(), 0.0);
        self.top += m.gap * 0.8;
    }

    /// The return's number, its order, the deadline; the code beside them.
    fn number(&mut self, slip: &Slip) {
        let m = self.m;
        let (top, number) = (self.top, slip.number.as_str());
        // The rule above stands at 0.8 gaps; the code keeps its distance from it.
        let code_top = top + (m.code / 5.0 - m.gap * 0.8).max(0.0);
        let code = self.sheets.code(number, m.right(), code_top, m.code);
        let room = m.inner() - code.side - code.quiet.max(m.gap);
        let label = m.small();
        self.sheets
            .line(m.margin, top, label, &label.fit(self.words.number, room));
        let mut style = Style::new(Face::Bold, m.number);
        let all = style.width(&style.fit(number, f32::MAX));
        style.size *= (room / all).min(1.0);
        let mut left = top + label.leading();
        self.sheets
            .line(m.margin, left, style, &style.fit(number, room + 1.0));
        left += m.number * 1.2;
        let order = m.body().fit(&self.words.order, room);
        self.sheets.line(m.margin, left, m.body(), &order);
        left += m.body().leading() + m.gap * 0.5;
        left = self.deadline(left, room);
        self.top = left.max(code_top + code.side + code.quiet - m.gap * 0.5) + m.gap;
    }

    /// The deadline on grey: the one thing that must not be overlooked.
    fn deadline(&mut self, top: f32, room: f32) -> f32 {
        let m = self.m;
        let pad = m.body * 0.7;
        let mut style = Style::new(Face::Bold, m.body * 1.2);
        let all = style.width(&style.fit(&self.words.deadline, f32::MAX));
        style.size *= ((room - 2.0 * pad) / all).clamp(0.75, 1.0);
        let lines = style.wrap(&self.words.deadline, room - 2.0 * pad + 0.1, 2);
        let height = style.leading() * lines.len() as f32 + 2.0 * pad - style.size * 0.3;
        self.sheets.filled(m.margin, top, room, height, 0.9);
        self.sheets.lines(m.margin + pad, top + pad, style, &lines);
        top + height
    }

    /// Where it goes, and what comes back for it.
    fn columns(&mut self, profile: &ShopProfile) {
        let m = self.m;
        let half = (m.inner() - m.gap) / 2.0;
        let (left, middle) = (m.margin, m.margin + half + m.gap);
        let top = self.top;
        self.sheets.line(
            left,
            top,
            m.small(),
            &m.small().fit(self.words.address, half),
        );
        self.sheets.line(
            middle,
            top,
            m.small(),
            &m.small().fit(self.words.refund, half),
        );
        let below = top + m.small().leading() + m.gap * 0.15;
        let address = profile.return_address.iter().take(ADDRESS_LINES_MAX);
        let address: Vec<_> = address.map(|line| m.strong().fit(line, half)).collect();
        let total = Style::new(Face::Bold, m.body * 1.5);
        let sum = total.fit(&self.words.refund_total, half);
        self.sheets.line(middle, below, total, &sum);
        let refund = m
            .body()
            .wrap(&self.words.refund_words, half, REFUND_LINES_MAX);
        let ends = [
            self.sheets.lines(left, below, m.strong(), &address),
            self.sheets
                .lines(middle, below + total.leading(), m.body(), &refund),
        ];
        self.top = ends[0].max(ends[1]) + m.gap;
    }

    /// What to do, at the foot of the first page.
    fn steps(&mut self) {
        let m = self.m;
        let style = m.body();
        let indent = style.size * 1.6;
        let steps: Vec<_> = self
            .words
            .steps
            .iter()
            .map(|step| style.wrap(step, m.inner() - indent, STEP_LINES_MAX))
            .collect();
        let lines = steps.iter().map(Vec::len).sum::<usize>() as f32;
        let between = style.size * 0.35;
        let height = m.small().leading() + lines * style.leading() + steps.len() as f32 * between;
        let foot = m.small().leading() + m.gap * 0.6;
        let mut top = m.height - m.margin - foot - height;
        self.bottom = top - m.gap * 0.6;
        self.sheets
            .rule(top - m.gap * 0.4, m.margin, m.right(), 0.7);
        let title = m.small().fit(self.words.steps_title, m.inner());
        self.sheets.line(m.margin, top, m.small(), &title);
        top += m.small().leading() + between;
        for (at, step) in steps.iter().enumerate() {
            let number = m.strong().fit(&(at + 1).to_string(), indent);
            self.sheets.line(m.margin, top, m.strong(), &number);
            top = self.sheets.lines(m.margin + indent, top, style, step) + between;
        }
    }

    fn items(&mut self, slip: &Slip, name: &str) {
        self.items_head();
        for (at, line) in slip.lines.iter().enumerate() {
            let row = Row::new(self.m, line);
            if self.top + row.height > self.bottom {
                self.next_page(name);
            }
            if at == SLIP_ITEMS_MAX {
                let words = self
                    .m
                    .body()
                    .fit(&more(slip.lines.len() - at), self.m.inner());
                self.sheets
                    .line(self.m.margin, self.top, self.m.body(), &words);
                break;
            }
            self.row(&row);
        }
    }

    fn items_head(&mut self) {
        let m = self.m;
        let style = m.small();
        let (title, reason, quantity) = (self.words.items, self.words.reason, self.words.quantity);
        let titles = [
            (
                m.margin,
                style.fit(title, m.inner() - m.reason - m.quantity),
            ),
            (
                m.right() - m.quantity - m.reason,
                style.fit(reason, m.reason),
            ),
        ];
        for (left, text) in titles {
            self.sheets.line(left, self.top, style, &text);
        }
        let quantity = style.fit(quantity, m.quantity);
        let left = m.right() - style.width(&quantity);
        self.sheets.line(left, self.top, style, &quantity);
        self.top += style.leading() + m.gap * 0.1;
        self.sheets.rule(self.top, m.margin, m.right(), 0.7);
        self.top += m.body * 0.6;
    }

    fn row(&mut self, row: &Row) {
        let m = self.m;
        let top = self.top;
        let below = self.sheets.lines(m.margin, top, m.strong(), &row.title);
        self.sheets.lines(m.margin, below, m.small(), &row.variant);
        let left = m.right() - m.quantity - m.reason;
        self.sheets.lines(left, top, m.body(), &row.reason);
        let left = m.right() - m.strong().width(&row.quantity);
        self.sheets.line(left, top, m.strong(), &row.quantity);
        self.top += row.height;
        self.sheets
            .rule(self.top - m.body * 0.6, m.margin, m.right(), 0.85);
    }

    fn next_page(&mut self, name: &str) {
        let m = self.m;
        self.sheets.turn();
        self.top = m.margin;
        self.bottom = m.height - m.margin - m.small().leading() - m.gap * 0.6;
        self.head(name, &self.words.continued);
        self.items_head();
    }

    /// Whom to ask on the first page, and which page of how many on all.
    fn foot(&mut self) {
        let m = self.m;
        let style = m.small();
        let pages = self.sheets.count();
        let top = m.height - m.margin - style.size;
        let contact = style.fit(&self.words.contact, m.inner() * 0.7);
        self.sheets.line_on(0, m.margin, top, style, &contact);
        if pages == 1 {
            return;
        }
        for page in 0..pages {
            let words = style.fit(&page_of(page + 1, pages), m.inner() * 0.3);
            let left = m.right() - style.width(&words);
            self.sheets.line_on(page, left, top, style, &words);
        }
    }
}

/// One item, broken into lines.
struct Row {
    title: Vec<Vec<u8>>,
    variant: Vec<Vec<u8>>,
    reason: Vec<Vec<u8>>,
    quantity: Vec<u8>,
    height: f32,
}

impl Row {
    fn new(m: &Measures, line: &SlipLine) -> Self {
        let room = m.inner() - m.reason - m.quantity - m.gap * 0.5;
        let parts = [0, 1].map(|at: usize| m.small().fit(&line.variant[at], room));
        let shown: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let variant = match shown.join(&b", "[..]) {
            none if none.is_empty() => Vec::new(),
            some => vec![font::fit(&some, Face::Regular, m.small, room)],
        };
        let mut title = m.strong().wrap(&line.title, room, TITLE_LINES_MAX);
        if title.is_empty() {
            title.push(m.strong().fit(&item(line.line), room));
        }
        let reason = m.body().wrap(&line.reason, m.reason - m.gap * 0.3, 2);
        let left =
            title.len() as f32 * m.strong().leading() + variant.len() as f32 * m.small().leading();
        let right = reason.len().max(1) as f32 * m.body().leading();
        Self {
            title,
            variant,
            reason,
            quantity: m.strong().fit(&line.quantity.to_string(), m.quantity),
            height: left.max(right) + m.body * 0.8,
        }
    }
}
