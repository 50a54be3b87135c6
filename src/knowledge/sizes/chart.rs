//! A chart: which size is for which body, and where a body falls in it.

use std::collections::{BTreeMap, BTreeSet};

use super::measure::Measure;
use crate::domain::limits::BETWEEN_SIZES_MM_MAX;

/// Millimetres from and to. Of a measured body both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from_mm: i64,
    pub to_mm: i64,
}

impl Span {
    pub fn point(mm: i64) -> Self {
        Self {
            from_mm: mm,
            to_mm: mm,
        }
    }

    pub fn width(self) -> i64 {
        self.to_mm - self.from_mm
    }

    fn middle(self) -> i64 {
        self.from_mm + self.width() / 2
    }

    fn overlap(self, other: Self) -> i64 {
        (self.to_mm.min(other.to_mm) - self.from_mm.max(other.from_mm)).max(0)
    }
}

/// What is known of a body.
pub type Body = BTreeMap<Measure, Span>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub size: String,
    pub spans: BTreeMap<Measure, Span>,
}

/// The sizes of some brands, departments and categories; an empty list of brands or products stands
/// for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    pub name: String,
    /// What fits in one chart of a family tells of the others.
    pub family: String,
    /// The size system of its sizes, where `elsewhere.toml` knows it.
    pub system: Option<String>,
    pub products: Vec<String>,
    pub brands: Vec<String>,
    pub departments: Vec<String>,
    pub categories: Vec<String>,
    /// Categories of it that are worn over other layers.
    pub outer: Vec<String>,
    /// The most telling first.
    pub decides: Vec<Measure>,
    /// From the smallest.
    pub rows: Vec<Row>,
    /// Where a size has two parts ("32/34"), the second.
    pub lengths: Vec<Row>,
}

/// Where one measure falls among rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// In a row, and the neighbour that it is as good as in.
    Row {
        nearest: usize,
        also: Option<usize>,
    },
    Below,
    Above,
}

/// Where a body falls, by all measures that decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    In(usize),
    Between {
        smaller: usize,
        larger: usize,
        nearer: usize,
    },
    /// One measure says the smaller, another the larger.
    Apart {
        smaller: usize,
        larger: usize,
    },
    Below(Measure),
    Above(Measure),
    /// No measure that decides is known.
    Unknown,
}

pub fn same_size(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

impl Chart {
    /// The rows of a size: its own, and that of its length where it has one.
    pub fn rows_of(&self, size: &str) -> Option<(usize, Option<usize>)> {
        let find = |rows: &[Row], part: &str| rows.iter().position(|r| same_size(&r.size, part));
        if self.lengths.is_empty() {
            return Some((find(&self.rows, size)?, None));
        }
        let (first, second) = size.split_once('/')?;
        Some((find(&self.rows, first)?, Some(find(&self.lengths, second)?)))
    }

    pub fn covers(&self, sizes: &[String]) -> bool {
        sizes.iter().all(|size| self.rows_of(size).is_some())
    }

    /// Are the sizes neighbours here, none left out between the smallest and the largest?
    pub fn in_steps(&self, sizes: &[String]) -> bool {
        let rows: BTreeSet<usize> = sizes
            .iter()
            .filter_map(|size| self.rows_of(size))
            .map(|(row, _)| row)
            .collect();
        match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => last - first + 1 == rows.len(),
            _ => false,
        }
    }

    /// The body that a size is for.
    pub fn body_of(&self, size: &str) -> Option<Body> {
        let (row, length) = self.rows_of(size)?;
        let mut body = self.rows[row].spans.clone();
        if let Some(length) = length {
            body.extend(self.lengths[length].spans.clone());
        }
        Some(body)
    }

    pub fn place(&self, body: &Body) -> Placed {
        let known: Vec<(Measure, Spot)> = self
            .decides
            .iter()
            .filter_map(|measure| {
                Some((*measure, spot(&self.rows, *measure, *body.get(measure)?)?))
            })
            .collect();
        let Some((first, spot)) = known.first() else {
            return Placed::Unknown;
        };
        if let Some((measure, _)) = known.iter().find(|(_, spot)| *spot == Spot::Above) {
            return Placed::Above(*measure);
        }
        if known.iter().all(|(_, spot)| *spot == Spot::Below) {
            return Placed::Below(*first);
        }
        // Below in one measure and not in another: the smallest size is wide there.
        let sets: Vec<BTreeSet<usize>> = known.iter().map(|(_, spot)| sizes_at(*spot)).collect();
        let common = sets
            .iter()
            .skip(1)
            .fold(sets[0].clone(), |all, set| &all & set);
        let (Some(least), Some(most)) = (common.first(), common.last()) else {
            return apart(&known);
        };
        if least == most {
            return Placed::In(*least);
        }
        Placed::Between {
            smaller: *least,
            larger: *most,
            nearer: nearest(*spot),
        }
    }
}

fn nearest(spot: Spot) -> usize {
    match spot {
        Spot::Row { nearest, .. } => nearest,
        Spot::Below | Spot::Above => 0,
    }
}

fn sizes_at(spot: Spot) -> BTreeSet<usize> {
    match spot {
        Spot::Row { nearest, also } => also.into_iter().chain([nearest]).collect(),
        Spot::Below | Spot::Above => [0].into(),
    }
}

fn apart(known: &[(Measure, Spot)]) -> Placed {
    let rows = || known.iter().map(|(_, spot)| nearest(*spot));
    Placed::Apart {
        smaller: rows().min().unwrap_or(0),
        larger: rows().max().unwrap_or(0),
    }
}

/// Where a measure falls among rows; nothing when they do not have it.
pub fn spot(rows: &[Row], measure: Measure, body: Span) -> Option<Spot> {
    let spans: Vec<(usize, Span)> = rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| Some((at, *row.spans.get(&measure)?)))
        .collect();
    if spans.is_empty() {
        return None;
    }
    if body.width() > 0
        && let Some(found) = widest(&spans, body)
    {
        return Some(found);
    }
    Some(of_point(&spans, body.middle()))
}

/// The row that covers most of a span; a neighbour with two fifths of it is as good.
fn widest(spans: &[(usize, Span)], body: Span) -> Option<Spot> {
    let mut by_overlap: Vec<(i64, usize)> = spans
        .iter()
        .map(|(at, span)| (span.overlap(body), *at))
        .filter(|(overlap, _)| *overlap > 0)
        .collect();
    by_overlap.sort_by_key(|(overlap, at)| (-overlap, *at));
    let (_, nearest) = *by_overlap.first()?;
    let also = by_overlap
        .get(1)
        .filter(|(overlap, at)| overlap * 5 >= body.width() * 2 && at.abs_diff(nearest) == 1);
    Some(Spot::Row {
        nearest,
        also: also.map(|(_, at)| *at),
    })
}

fn of_point(spans: &[(usize, Span)], mm: i64) -> Spot {
    let near = |one: Span, other: Span| {
        let width = one.width().min(other.width());
        BETWEEN_SIZES_MM_MAX.min(width / 6)
    };
    let row = |at: usize, also: Option<usize>| Spot::Row {
        nearest: spans[at].0,
        also: also.map(|also| spans[also].0),
    };
    // The last size includes its end; so does one that ends before a gap.
    let inside = |span: &Span| (span.from_mm..span.to_mm).contains(&mm);
    let found = spans
        .iter()
        .position(|(_, span)| inside(span))
        .or_else(|| spans.iter().position(|(_, span)| span.to_mm == mm));
    let Some(at) = found else {
        return outside(spans, mm, near);
    };
    let span = spans[at].1;
    let before = at
        .checked_sub(1)
        .filter(|before| mm - span.from_mm <= near(span, spans[*before].1));
    let after = Some(at + 1)
        .filter(|after| *after < spans.len() && span.to_mm - mm <= near(span, spans[*after].1));
    row(at, before.or(after))
}

/// Outside of every row: a little beyond an end still fits, and a gap is between two sizes.
fn outside(spans: &[(usize, Span)], mm: i64, near: impl Fn(Span, Span) -> i64) -> Spot {
    let (first, last) = (spans[0], spans[spans.len() - 1]);
    let alone = |at: usize| Spot::Row {
        nearest: at,
        also: None,
    };
    if mm < first.1.from_mm {
        let fits = first.1.from_mm - mm <= near(first.1, first.1);
        return if fits { alone(first.0) } else { Spot::Below };
    }
    let Some(after) = spans.iter().position(|(_, span)| span.from_mm > mm) else {
        let fits = mm - last.1.to_mm <= near(last.1, last.1);
        return if fits { alone(last.0) } else { Spot::Above };
    };
    let (before, after) = (spans[after.saturating_sub(1)], spans[after]);
    let nearer_before = mm - before.1.to_mm <= after.1.from_mm - mm;
    let (nearest, also) = if nearer_before {
        (before.0, after.0)
    } else {
        (after.0, before.0)
    };
    Spot::Row {
        nearest,
        also: Some(also),
    }
}
