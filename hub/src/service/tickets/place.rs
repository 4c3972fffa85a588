//! Where somebody is: coordinates as a phone tells them, and how far that is from where they ought to be. Pure.
//!
//! Browsers tell WGS-84; maps in China, and pages inside `WeCom`, tell GCJ-02, which is up to some hundreds of metres off. What was told is
//! kept as it was told, with its datum; distances are measured in WGS-84.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Radius of the earth in metres, the mean one of IUGG.
const EARTH_M: f64 = 6_371_008.8;
/// Of the ellipsoid that GCJ-02 is made with (Krasovsky 1940): half of its long axis, and its eccentricity squared.
const KRASOVSKY: (f64, f64) = (6_378_245.0, 0.006_693_421_622_965_943);
/// Parts of a degree.
const E7: f64 = 1e7;

/// What coordinates are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// What satellites and browsers tell.
    #[default]
    Wgs84,
    /// What maps in China tell.
    Gcj02,
}

/// A place on the earth in ten-millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// North of the equator, in ten-millionths of a degree.
    #[schema(minimum = -900_000_000, maximum = 900_000_000)]
    pub latitude_e7: i32,
    /// East of Greenwich, in ten-millionths of a degree.
    #[schema(minimum = -1_800_000_000, maximum = 1_800_000_000)]
    pub longitude_e7: i32,
    /// What they are measured from.
    #[serde(default)]
    pub datum: Datum,
}

impl Place {
    /// Whether there is such a place.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.latitude_e7.unsigned_abs() <= 900_000_000 && self.longitude_e7.unsigned_abs() <= 1_800_000_000
    }

    /// Degrees north and east, as satellites tell them.
    fn degrees(&self) -> (f64, f64) {
        let told = (f64::from(self.latitude_e7) / E7, f64::from(self.longitude_e7) / E7);
        match self.datum {
            Datum::Wgs84 => told,
            Datum::Gcj02 => to_wgs84(told),
        }
    }

    /// Metres to another place, along the earth (haversine).
    #[must_use]
    pub fn metres_to(&self, other: &Self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "half of the earth's girth is the most")]
        let metres = haversine(self.degrees(), other.degrees()).round() as i64;
        metres
    }
}

fn haversine((lat_a, lng_a): (f64, f64), (lat_b, lng_b): (f64, f64)) -> f64 {
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let h = half(lat_a, lat_b) + lat_a.to_radians().cos() * lat_b.to_radians().cos() * half(lng_a, lng_b);
    2.0 * EARTH_M * h.clamp(0.0, 1.0).sqrt().asin()
}

/// Where GCJ-02 holds; elsewhere maps tell WGS-84.
fn in_china((lat, lng): (f64, f64)) -> bool {
    (0.8293..=55.8271).contains(&lat) && (72.004..=137.8347).contains(&lng)
}

/// GCJ-02 of WGS-84 coordinates, by the formula that all maps in China follow.
fn to_gcj02((lat, lng): (f64, f64)) -> (f64, f64) {
    use std::f64::consts::PI;
    if !in_china((lat, lng)) {
        return (lat, lng);
    }
    let (x, y) = (lng - 105.0, lat - 35.0);
    let waves = |of: f64, first: f64| {
        let wave = |height: f64, per: f64| height * (of * PI * per).sin();
        2.0 / 3.0 * (first + wave(20.0, 1.0) + wave(40.0, 1.0 / 3.0))
    };
    let shared = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + shared
        + waves(y, 0.0)
        + 2.0 / 3.0 * (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin());
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + shared
        + waves(x, 0.0)
        + 2.0 / 3.0 * (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin());
    let (axis, eccentric) = KRASOVSKY;
    let flat = 1.0 - eccentric * lat.to_radians().sin().powi(2);
    let metres_north = axis * (1.0 - eccentric) / (flat * flat.sqrt()) * PI;
    let metres_east = axis / flat.sqrt() * lat.to_radians().cos() * PI;
    (lat + north * 180.0 / metres_north, lng + east * 180.0 / metres_east)
}

/// The other way, by coming nearer: the shift changes slowly with the place.
fn to_wgs84(told: (f64, f64)) -> (f64, f64) {
    let mut guess = told;
    for _ in 0..4 {
        let (lat, lng) = to_gcj02(guess);
        guess = (guess.0 + told.0 - lat, guess.1 + told.1 - lng);
    }
    guess
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(latitude_e7: i32, longitude_e7: i32) -> Place {
        Place { latitude_e7, longitude_e7, datum: Datum::Wgs84 }
    }

    #[test]
    fn distances_are_those_of_the_earth() {
        let (people_square, hongqiao) = (place(312_304_160, 1_214_737_010), place(311_979_000, 1_213_363_000));
        assert!((13_300..13_700).contains(&people_square.metres_to(&hongqiao)));
        assert_eq!(place(0, 0).metres_to(&place(0, 10_000_000)), 111_195, "a degree of the equator");
        assert_eq!(place(900_000_000, 0).metres_to(&place(-900_000_000, 0)), 20_015_114);
    }

    #[test]
    fn the_maps_of_china_are_some_hundred_metres_off_and_brought_back() {
        // A known pair: Tian'anmen in both.
        let (lat, lng) = to_gcj02((39.907_333, 116.391_083));
        assert!((lat - 39.908_736).abs() < 2e-5 && (lng - 116.397_327).abs() < 2e-5, "{lat} {lng}");
        assert_eq!(to_gcj02((48.85, 2.35)), (48.85, 2.35), "Paris is where it is");
    }

    proptest! {
        #[test]
        fn there_and_back_is_less_than_a_metre(lat in 18.0..53.0f64, lng in 74.0..134.0f64) {
            prop_assert!(haversine(to_wgs84(to_gcj02((lat, lng))), (lat, lng)) < 1.0);
        }

        #[test]
        fn a_way_is_as_long_as_the_way_back(a in any::<(i32, i32)>(), b in any::<(i32, i32)>()) {
            let within = |(lat, lng): (i32, i32)| place(lat % 900_000_001, lng % 1_800_000_001);
            let (a, b) = (within(a), within(b));
            prop_assert_eq!(a.metres_to(&b), b.metres_to(&a));
            prop_assert_eq!(a.metres_to(&a), 0);
        }
    }
}
