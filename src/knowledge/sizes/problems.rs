//! What is wrong with charts that read: sizes that overlap, and bodies between two sizes that no
//! size is for.

use super::measure::{Measure, centimetres};
use super::{Chart, Row, SizeCharts};
use crate::knowledge::Problem;

impl SizeCharts {
    /// Everything that an operator should mend, in the order of the files.
    pub fn problems(&self) -> Vec<Problem> {
        self.charts.iter().flat_map(of_chart).collect()
    }
}

fn of_chart(chart: &Chart) -> Vec<Problem> {
    let lists = [&chart.rows, &chart.lengths];
    let pairs = lists.into_iter().flat_map(|rows| rows.windows(2));
    pairs
        .flat_map(|pair| Measure::ALL.map(|measure| between(chart, measure, &pair[0], &pair[1])))
        .flatten()
        .collect()
}

fn between(chart: &Chart, measure: Measure, smaller: &Row, larger: &Row) -> Option<Problem> {
    let (one, other) = (smaller.spans.get(&measure)?, larger.spans.get(&measure)?);
    let names = || (smaller.size.clone(), larger.size.clone());
    let (from, to) = (centimetres(one.to_mm), centimetres(other.from_mm));
    match one.to_mm.cmp(&other.from_mm) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some(Problem::SizeGap {
            chart: chart.name.clone(),
            measure: measure.name(),
            sizes: names(),
            from,
            to,
        }),
        std::cmp::Ordering::Greater => Some(Problem::SizeOverlap {
            chart: chart.name.clone(),
            measure: measure.name(),
            sizes: names(),
            from: to,
            to: from,
        }),
    }
}
