//! Figures of surveys. Pure.

/// A share in whole percent, rounded; nothing of nothing.
#[must_use]
pub const fn percent(part: i64, of: i64) -> Option<i64> {
    if of <= 0 { None } else { Some((part * 200 + of * part.signum()) / (of * 2)) }
}

/// NPS: percent of 9 and 10 less percent of 0 to 6.
#[must_use]
pub const fn nps(promoters: i64, detractors: i64, answers: i64) -> Option<i64> {
    percent(promoters - detractors, answers)
}

/// A mean in hundredths, rounded.
#[must_use]
pub const fn mean_hundredths(sum: i64, of: i64) -> Option<i64> {
    percent(sum, of)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_are_those_of_the_definition() {
        // 6 of 10 gave 9 or 10, 1 gave 6: 60 % − 10 %.
        assert_eq!(nps(6, 1, 10), Some(50));
        assert_eq!((nps(0, 3, 3), nps(3, 0, 3), nps(0, 0, 0)), (Some(-100), Some(100), None));
        assert_eq!((percent(1, 3), percent(2, 3), percent(-1, 3)), (Some(33), Some(67), Some(-33)));
        assert_eq!(mean_hundredths(14, 3), Some(467), "4.67 of 5");
    }

    proptest! {
        #[test]
        fn nps_is_within_its_bounds_and_turns_with_its_sides(promoters in 0..500i64, detractors in 0..500i64, others in 0..500i64) {
            let answers = promoters + detractors + others;
            let of = nps(promoters, detractors, answers);
            prop_assert_eq!(of.is_none(), answers == 0);
            prop_assert!(of.is_none_or(|nps| (-100..=100).contains(&nps)));
            prop_assert_eq!(of.map(|nps| -nps), nps(detractors, promoters, answers));
        }
    }
}
