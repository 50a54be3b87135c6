//! How reliably tasks succeed. Source of the measure: the tau-bench paper (arXiv 2406.12045),
//! pass^k: the chance that k trials of a task, drawn from those that were played, all succeed.

/// C(c, k) / C(n, k): of `n` trials `c` have succeeded. `None` where fewer than `k` were played.
pub fn chance(n: usize, c: usize, k: usize) -> Option<f64> {
    if k == 0 || k > n || c > n {
        return None;
    }
    let factor = |i: usize| {
        #[expect(clippy::cast_precision_loss, reason = "at most some dozens of trials")]
        let (left, of) = (c.saturating_sub(i) as f64, (n - i) as f64);
        left / of
    };
    Some((0..k).map(factor).product())
}

/// The mean over tasks, given as (trials, successes), with how many of them it is the mean of.
pub fn mean(tasks: &[(usize, usize)], k: usize) -> (Option<f64>, usize) {
    let chances = tasks.iter().filter_map(|(n, c)| chance(*n, *c, k));
    let chances: Vec<f64> = chances.collect();
    if chances.is_empty() {
        return (None, 0);
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundreds of tasks")]
    let of = chances.len() as f64;
    (Some(chances.iter().sum::<f64>() / of), chances.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-12)
    }

    #[test]
    fn it_is_the_share_of_draws_in_which_all_succeed() {
        assert!(near(chance(4, 2, 1), 0.5));
        assert!(near(chance(4, 2, 2), 1.0 / 6.0));
        assert!(near(chance(4, 2, 3), 0.0) && near(chance(4, 4, 4), 1.0));
        assert!(near(chance(4, 0, 1), 0.0) && near(chance(1, 1, 1), 1.0));
        for (n, c, k) in [(3, 3, 4), (0, 0, 1), (4, 2, 0), (2, 3, 1)] {
            assert_eq!(chance(n, c, k), None);
        }
    }

    /// Each task counts once, and one with too few trials not at all.
    #[test]
    fn the_mean_is_over_tasks() {
        let tasks = [(4, 4), (4, 2), (1, 1)];
        let (two, of) = mean(&tasks, 2);
        assert!(near(two, (1.0 + 1.0 / 6.0) / 2.0) && of == 2);
        assert!(near(mean(&tasks, 1).0, (1.0 + 0.5 + 1.0) / 3.0));
        assert_eq!(mean(&tasks, 5), (None, 0));
        assert_eq!(mean(&[], 1), (None, 0));
    }
}
