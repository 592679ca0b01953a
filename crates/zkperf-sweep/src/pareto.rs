//! Which settings no other one beats.

/// For each of some points, whether none of the others is at least as good on every axis and better on one; less is
/// better. A point without figures (`None`) is on no front and beats nobody. Points that are equal on every axis do not
/// beat each other.
pub fn front<T: Ord>(points: &[Option<Vec<T>>]) -> Vec<bool> {
    let is_beaten = |point: &[T]| {
        let mut others = points.iter().flatten();
        others.any(|other| beats(other, point))
    };
    let is_on = |point: &Option<Vec<T>>| point.as_deref().is_some_and(|point| !is_beaten(point));
    points.iter().map(is_on).collect()
}

fn beats<T: Ord>(one: &[T], other: &[T]) -> bool {
    let mut axes = one.iter().zip(other);
    axes.all(|(one, other)| one <= other) && one != other
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cheaper_here_and_dearer_there_are_both_on_the_front() {
        let points = [
            Some(vec![10, 10]),
            Some(vec![9, 11]),
            Some(vec![11, 9]),
            Some(vec![10, 11]),
            None,
            Some(vec![9, 11]),
        ];
        assert_eq!(front(&points), [true, true, true, false, false, true]);
        assert_eq!(front::<u64>(&[None]), [false]);
    }

    proptest! {
        /// What is not on the front is beaten by something that is; what is on it is beaten by nothing.
        #[test]
        fn the_front_beats_the_rest(
            points in prop::collection::vec(prop::option::weighted(0.9, prop::collection::vec(0u64..6, 3)), 1..30)
        ) {
            let on = front(&points);
            prop_assert_eq!(on.iter().any(|on| *on), points.iter().any(Option::is_some));
            let all: Vec<_> = points.iter().zip(&on).filter_map(|(p, on)| Some((p.as_ref()?, *on))).collect();
            for (point, is_on) in &all {
                let beaten_by = |only_front: bool| all.iter().any(|(other, on)| {
                    (!only_front || *on) && other.iter().zip(*point).all(|(a, b)| a <= b) && other != point
                });
                prop_assert_eq!(beaten_by(true), !is_on);
                prop_assert_eq!(beaten_by(false), !is_on);
            }
        }
    }
}
