//! Chart files: `[[chart]]` tables with the sizes of some products, `[[elsewhere]]` tables with what
//! the sizes of a system usually are. What is wrong is said with the file and the line.

use std::collections::BTreeMap;
use std::path::Path;

use rust_embed::Embed;
use serde::Deserialize;
use toml::Spanned;

use super::chart::{Chart, Row, Span, same_size};
use super::measure::Measure;
use super::{Elsewhere, SizeCharts};
use crate::domain::limits::{CHART_FILE_BYTES_MAX, CHART_FILES_MAX, CHART_SIZES_MAX};
use crate::knowledge::KnowledgeError;

#[derive(Embed)]
#[folder = "knowledge/size-charts/"]
struct DemoCharts;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChartFile {
    #[serde(default)]
    chart: Vec<Spanned<ChartTable>>,
    #[serde(default)]
    elsewhere: Vec<Spanned<ElsewhereTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChartTable {
    name: String,
    family: String,
    system: Option<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    brands: Vec<String>,
    departments: Vec<String>,
    categories: Vec<String>,
    #[serde(default)]
    outer: Vec<String>,
    decides: Vec<Measure>,
    sizes: Vec<Spanned<RowTable>>,
    #[serde(default)]
    lengths: Vec<Spanned<RowTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ElsewhereTable {
    system: String,
    words: String,
    families: Vec<String>,
    departments: Vec<String>,
    sizes: Vec<Spanned<RowTable>>,
}

/// A size with its measures in centimetres, from and to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowTable {
    size: String,
    chest: Option<[f64; 2]>,
    waist: Option<[f64; 2]>,
    hips: Option<[f64; 2]>,
    inside_leg: Option<[f64; 2]>,
    height: Option<[f64; 2]>,
    foot: Option<[f64; 2]>,
    hand: Option<[f64; 2]>,
    head: Option<[f64; 2]>,
    back: Option<[f64; 2]>,
}

/// A file as it is read, to say where something is.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn wrong(&self, at: usize, problem: impl Into<String>) -> KnowledgeError {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        KnowledgeError::SizeChart {
            file: self.file.to_owned(),
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            problem: problem.into(),
        }
    }
}

pub fn embedded() -> Result<SizeCharts, KnowledgeError> {
    let mut names: Vec<_> = DemoCharts::iter().collect();
    names.sort();
    let mut charts = SizeCharts::default();
    for name in names {
        if let Some(file) = DemoCharts::get(&name) {
            read(&name, &file.data, &mut charts)?;
        }
    }
    Ok(charts)
}

pub fn folder(folder: &Path) -> Result<SizeCharts, KnowledgeError> {
    let unreadable = |at: &Path, error: std::io::Error| KnowledgeError::Unreadable {
        path: at.to_owned(),
        error: error.to_string(),
    };
    let mut charts = SizeCharts::default();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(charts),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
        if paths.len() > CHART_FILES_MAX {
            return Err(KnowledgeError::TooManyCharts {
                path: folder.to_owned(),
            });
        }
    }
    paths.sort();
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let size = path.metadata().map_err(|error| unreadable(path, error))?;
        // Looked at before reading: a folder may hold a file of any size.
        if size.len() > CHART_FILE_BYTES_MAX as u64 {
            return Err(too_long(&name));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, error))?;
        read(&name, &bytes, &mut charts)?;
    }
    Ok(charts)
}

fn too_long(file: &str) -> KnowledgeError {
    let problem =
        format!("the file is longer than {CHART_FILE_BYTES_MAX} bytes; split it into several");
    Source { file, text: "" }.wrong(0, problem)
}

fn read(file: &str, bytes: &[u8], into: &mut SizeCharts) -> Result<(), KnowledgeError> {
    if bytes.len() > CHART_FILE_BYTES_MAX {
        return Err(too_long(file));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let text = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            return Err(Source { file, text }.wrong(text.len(), "this is not UTF-8"));
        }
    };
    let source = Source { file, text };
    let tables: ChartFile = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        source.wrong(at, error.message())
    })?;
    for table in tables.chart {
        let at = table.span().start;
        let chart = chart(&source, at, table.into_inner())?;
        if into.charts.iter().any(|known| known.name == chart.name) {
            let problem = format!("there is a chart named {:?} already", chart.name);
            return Err(source.wrong(at, problem));
        }
        into.charts.push(chart);
    }
    for table in tables.elsewhere {
        let at = table.span().start;
        into.elsewhere
            .push(elsewhere(&source, at, table.into_inner())?);
    }
    Ok(())
}

fn chart(source: &Source<'_>, at: usize, table: ChartTable) -> Result<Chart, KnowledgeError> {
    let wrong = |problem: &str| Err(source.wrong(at, format!("{:?}: {problem}", table.name)));
    if table.name.trim().is_empty() || table.family.trim().is_empty() {
        return wrong("`name` and `family` must not be empty");
    }
    if table.departments.is_empty() || table.categories.is_empty() {
        return wrong("`departments` and `categories` must name at least one");
    }
    let stray = |outer: &&String| !table.categories.contains(outer);
    if let Some(outer) = table.outer.iter().find(stray) {
        return wrong(&format!(
            "`outer` names {outer:?}, which is not in `categories`"
        ));
    }
    if table.decides.is_empty() {
        return wrong("`decides` must name at least one measure");
    }
    let decides = table.decides.clone();
    let rows = rows(source, at, table.sizes, &decides)?;
    let lengths = match table.lengths.is_empty() {
        true => Vec::new(),
        false => self::rows(source, at, table.lengths, &[Measure::InsideLeg])?,
    };
    Ok(Chart {
        name: table.name,
        family: table.family,
        system: table.system,
        products: table.products,
        brands: table.brands,
        departments: table.departments,
        categories: table.categories,
        outer: table.outer,
        decides,
        rows,
        lengths,
    })
}

fn elsewhere(
    source: &Source<'_>,
    at: usize,
    table: ElsewhereTable,
) -> Result<Elsewhere, KnowledgeError> {
    let named = [&table.system, &table.words];
    if named.iter().any(|text| text.trim().is_empty()) {
        return Err(source.wrong(at, "`system` and `words` must not be empty"));
    }
    if table.families.is_empty() || table.departments.is_empty() {
        let problem = "`families` and `departments` must name at least one";
        return Err(source.wrong(at, problem));
    }
    Ok(Elsewhere {
        rows: rows(source, at, table.sizes, &[])?,
        system: table.system,
        words: table.words,
        families: table.families,
        departments: table.departments,
    })
}

/// Rows from the smallest, each with the measures that are needed.
fn rows(
    source: &Source<'_>,
    at: usize,
    tables: Vec<Spanned<RowTable>>,
    needed: &[Measure],
) -> Result<Vec<Row>, KnowledgeError> {
    if tables.is_empty() || tables.len() > CHART_SIZES_MAX {
        let problem = format!("`sizes` must have 1 to {CHART_SIZES_MAX} rows");
        return Err(source.wrong(at, problem));
    }
    let mut rows: Vec<Row> = Vec::new();
    for table in tables {
        let at = table.span().start;
        let row = row(source, at, &table.into_inner())?;
        let wrong =
            |problem: String| Err(source.wrong(at, format!("size {:?}: {problem}", row.size)));
        if rows.iter().any(|known| same_size(&known.size, &row.size)) {
            return wrong("it is there twice".into());
        }
        if let Some(measure) = needed.iter().find(|m| !row.spans.contains_key(m)) {
            return wrong(format!("`{}` is missing", measure.name()));
        }
        for (measure, span) in &row.spans {
            let smaller = rows.last().and_then(|last| last.spans.get(measure));
            if smaller.is_some_and(|last| last.from_mm >= span.from_mm || last.to_mm >= span.to_mm)
            {
                let measure = measure.name();
                return wrong(format!(
                    "`{measure}` is not more than that of the size before; put the smallest first"
                ));
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn row(source: &Source<'_>, at: usize, table: &RowTable) -> Result<Row, KnowledgeError> {
    let wrong =
        |problem: String| Err(source.wrong(at, format!("size {:?}: {problem}", table.size)));
    if table.size.trim().is_empty() {
        return wrong("`size` must not be empty".into());
    }
    let given = [
        (Measure::Chest, table.chest),
        (Measure::Waist, table.waist),
        (Measure::Hips, table.hips),
        (Measure::InsideLeg, table.inside_leg),
        (Measure::Height, table.height),
        (Measure::Foot, table.foot),
        (Measure::Hand, table.hand),
        (Measure::Head, table.head),
        (Measure::Back, table.back),
    ];
    let mut spans = BTreeMap::new();
    for (measure, range) in given {
        let Some([from, to]) = range else { continue };
        let name = measure.name();
        let (Some(from_mm), Some(to_mm)) = (millimetres(from), millimetres(to)) else {
            return wrong(format!("`{name}` must be in centimetres, from 1 to 300"));
        };
        if from_mm >= to_mm {
            return wrong(format!("`{name}` must go from the smaller to the larger"));
        }
        spans.insert(measure, Span { from_mm, to_mm });
    }
    if spans.is_empty() {
        return wrong("it has no measure".into());
    }
    Ok(Row {
        size: table.size.trim().to_owned(),
        spans,
    })
}

/// Of centimetres that anything worn can have.
#[allow(clippy::cast_possible_truncation)]
fn millimetres(centimetres: f64) -> Option<i64> {
    (1.0..=300.0)
        .contains(&centimetres)
        .then(|| (centimetres * 10.0).round() as i64)
}
