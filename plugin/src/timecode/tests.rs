//! Times written and read in every format.

use super::*;

fn display(format: TimeFormat) -> TimeDisplay {
    let tempo = Tempo {
        bpm: 120.0,
        numerator: 4,
        denominator: 4,
        origin_quarters: 0.0,
    };
    TimeDisplay::new(format, SampleRate::new(48_000), Some(tempo))
}

#[test]
fn every_format_writes_one_time_its_own_way() {
    for (format, expected) in [
        (TimeFormat::Clock, "01:02:03.500"),
        (TimeFormat::Seconds, "3723.500"),
        (TimeFormat::Samples, "178728000"),
        (TimeFormat::Frames24, "01:02:03:12"),
        (TimeFormat::Frames25, "01:02:03:12"),
        (TimeFormat::Frames2997, "01:01:59:23"),
        (TimeFormat::Frames2997Drop, "01:02:03;15"),
        (TimeFormat::Frames30, "01:02:03:15"),
        (TimeFormat::Bars, "1862.4.000"),
    ] {
        assert_eq!(display(format).text(3723.5), expected, "{format:?}");
    }
}

#[test]
fn what_is_written_is_read_back_to_the_unit() {
    for format in TimeFormat::ALL {
        let display = display(format);
        for step in 0..4000 {
            let text = display.text(f64::from(step) * 1.037 - 20.0);
            let read_s = display.read(&text).unwrap();
            assert_eq!(display.text(read_s), text, "{format:?}");
        }
    }
}

#[test]
fn drop_frame_numbers_leave_out_two_a_minute_but_not_every_tenth() {
    let display = display(TimeFormat::Frames2997Drop);
    let text = |frame: u32| display.text(f64::from(frame) * 1001.0 / 30_000.0);
    assert_eq!(text(1799), "00:00:59;29");
    assert_eq!(text(1800), "00:01:00;02");
    assert_eq!(text(17_982), "00:10:00;00");
    assert!(display.read("00:01:00;01").is_err());
    assert!(display.read("00:10:00;01").is_ok());
    assert_eq!(text(107_892), "01:00:00;00");
}

#[test]
fn leading_parts_may_be_left_out_and_commas_are_points() {
    let clock = display(TimeFormat::Clock);
    assert_eq!(clock.read(" 2:03,5 "), Ok(123.5));
    assert_eq!(clock.read("75.25"), Ok(75.25));
    assert_eq!(clock.read("-0:01"), Ok(-1.0));
    assert_eq!(display(TimeFormat::Samples).read("48 000"), Ok(1.0));
    assert_eq!(display(TimeFormat::Bars).read("2"), Ok(2.0));
    assert_eq!(display(TimeFormat::Bars).read("1.2.5"), Ok(0.75));
}

#[test]
fn what_is_no_time_says_how_one_is_written() {
    for (format, typed) in [
        (TimeFormat::Clock, "1:75"),
        (TimeFormat::Clock, "soon"),
        (TimeFormat::Clock, "1e9"),
        (TimeFormat::Clock, ""),
        (TimeFormat::Seconds, "inf"),
        (TimeFormat::Samples, "1.5"),
        (TimeFormat::Frames25, "00:00:00:25"),
        (TimeFormat::Bars, "1.5.000"),
        (TimeFormat::Bars, "1.1.+3"),
    ] {
        let refused = display(format).read(typed).unwrap_err().to_string();
        let example = display(format).text(3723.5);
        assert!(refused.ends_with(&example), "{refused}");
    }
}

#[test]
fn without_what_a_format_needs_the_clock_is_shown() {
    for format in [TimeFormat::Samples, TimeFormat::Bars] {
        assert_eq!(
            TimeDisplay::new(format, None, None).format(),
            TimeFormat::Clock
        );
    }
}

#[test]
fn a_ruler_has_its_marks_on_whole_units() {
    let bars = display(TimeFormat::Bars);
    let grid = bars.grid(1.5);
    let marks: Vec<String> = grid
        .marks(0.0, 7.0)
        .map(|at| bars.mark_text(grid, at))
        .collect();
    assert_eq!(marks, ["1", "2", "3", "4"]);
    let frames = display(TimeFormat::Frames25);
    let grid = frames.grid(0.05);
    assert!((grid.step_s - 0.08).abs() < 1e-9);
    for format in TimeFormat::ALL {
        for least_s in [1e-5, 0.013, 0.9, 47.0, 4000.0, 1e6] {
            let grid = display(format).grid(least_s);
            assert!(
                grid.step_s >= least_s * 0.999 || grid.step_s >= 0.001,
                "{format:?}"
            );
        }
    }
}
