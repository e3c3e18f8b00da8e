//! Files as other programs write them.

use super::super::{ImportError, LabelFormat, LabelState, ProjectClock, read_labels};
use super::{read, said};
use crate::export::Times;
use crate::frequency::Band;

#[test]
fn audacity_labels_are_points_and_stretches_with_frequencies_and_decimal_commas() {
    let text = "1.500000\t2.250000\tdoor\n\\\t437.5\t1250.0\n3.0\t3.0\tclick\n\n4,5\t5,25\tdog: far away\n6.0\t7.0\n\
                8.0\t9.0\thum\n\\\t-1.000000\t500.0\n";
    let file = read(text);
    assert_eq!(file.format, LabelFormat::Audacity);
    assert_eq!(
        said(&file),
        [
            (1.5, 2.25, "door"),
            (3.0, 3.0, "click"),
            (4.5, 5.25, "dog"),
            (6.0, 7.0, ""),
            (8.0, 9.0, "hum")
        ]
    );
    assert_eq!(file.labels[0].band, Band::new(437.5, 1250.0).ok());
    assert_eq!(file.labels[4].band, None, "an open edge is no band");
    assert_eq!(file.labels[2].note, "far away");
    assert_eq!(file.labels[2].line, 5);
}

#[test]
fn a_selection_table_counts_from_the_file_that_a_selection_begins_in() {
    let text = "View\tEnd Time (s)\tBegin Time (s)\tSelection\tFile Offset (s)\tBegin File\tChannel\tHigh Freq (Hz)\tLow Freq (Hz)\tAnnotation\tNotes\n\
                Waveform 1\t62.0\t61.0\t1\t1.0\tb.wav\t1\t\t\tdoor\tsoft\n\
                Spectrogram 1\t62.0\t61.0\t1\t1.0\tb.wav\t1\t900.0\t100.0\tdoor\tsoft\n\
                Spectrogram 1\t62.0\t61.0\t2\t1.0\tb.wav\t2\t900.0\t100.0\tdoor\t\n";
    let file = read(text);
    assert_eq!(
        (file.format, file.times),
        (LabelFormat::Raven, Some(Times::Take))
    );
    // One selection in two views is one label; another channel is another selection.
    assert_eq!(said(&file), [(1.0, 2.0, "door"), (1.0, 2.0, "door")]);
    let first = &file.labels[0];
    assert_eq!(first.band, Band::new(100.0, 900.0).ok());
    assert_eq!(
        (first.recording.as_deref(), first.note.as_str()),
        (Some("b.wav"), "soft")
    );
}

#[test]
fn r_writes_the_names_of_columns_with_dots_and_quotes() {
    let text = "\"Selection\"\t\"Begin.Time..s.\"\t\"End.Time..s.\"\t\"Low.Freq..Hz.\"\t\"High.Freq..Hz.\"\t\"Species\"\n\
                1\t0.5\t0.75\tNA\tNA\t\"wren\"\n";
    let file = read(text);
    assert_eq!(said(&file), [(0.5, 0.75, "wren")]);
    assert_eq!(file.labels[0].band, None);
}

#[test]
fn reaper_writes_times_in_six_forms() {
    let list = |start: &str, end: &str| {
        format!(
            "#,Name,Start,End,Length,Color\nR1,door,{start},{end},1,FF0000\nM1,\"click, loud\",{start},,,\n"
        )
    };
    let clock = ProjectClock {
        rate_hz: Some(48_000.0),
        tempo_bpm: Some(120.0),
        ..ProjectClock::default()
    };
    let frames = ProjectClock {
        frames_per_s: Some(25.0),
        ..ProjectClock::default()
    };
    for (start, end, clock) in [
        ("1:02.500", "1:03.500", clock),
        ("0:01:02.500", "0:01:03.500", clock),
        ("62.500", "63.500", clock),
        ("3000000", "3048000", clock),
        ("00:01:02:12.5", "00:01:03:12.5", frames),
        ("1562.5", "1587.5", frames),
        // 125 beats of half a second are 31 measures and a beat.
        ("32.2.00", "32.4.00", clock),
    ] {
        let is_frames = start == "1562.5";
        let text = match is_frames {
            true => list("1562", "1587"),
            false => list(start, end),
        };
        let file = read_labels(text.as_bytes(), &clock).unwrap();
        assert_eq!(file.format, LabelFormat::Reaper);
        let (start_s, end_s) = match is_frames {
            true => (62.48, 63.48),
            false => (62.5, 63.5),
        };
        assert_eq!(
            said(&file),
            [(start_s, end_s, "door"), (start_s, start_s, "click, loud")],
            "{start}"
        );
    }
    for (start, error) in [
        ("3000000", ImportError::WholeNumbers),
        ("00:01:02:12", ImportError::NoFrameRate),
        ("32.2.00", ImportError::NoTempo),
    ] {
        let text = list(start, start);
        let refused = read_labels(text.as_bytes(), &ProjectClock::default());
        assert_eq!(refused, Err(error));
    }
}

#[test]
fn hoplite_and_birdnet_tables_name_recordings_sounds_and_scores() {
    let hoplite = read(
        "idx,project,filename,window_start,window_end,label,logits\n7,woods,site/a.wav,5.0,10.0,wren,0.0\n",
    );
    assert_eq!(hoplite.format, LabelFormat::Hoplite);
    assert_eq!(said(&hoplite), [(5.0, 10.0, "wren")]);
    assert_eq!(hoplite.labels[0].score, Some(0.5));
    assert_eq!(hoplite.labels[0].recording.as_deref(), Some("site/a.wav"));
    let older =
        read("idx,dataset_name,source_id,offset,label,logits\n7,woods,a.wav,5.0,wren,2.0\n");
    assert_eq!(said(&older), [(5.0, 10.0, "wren")]);
    let annotations = read(
        "Filename,Start Time (s),End Time (s),Low Freq (Hz),High Freq (Hz),Species eBird Code\na.flac,1.5,2.5,150,8000,amerob\n",
    );
    assert_eq!(said(&annotations), [(1.5, 2.5, "amerob")]);
    assert_eq!(annotations.labels[0].band, Band::new(150.0, 8_000.0).ok());
    let kinds =
        read("filename,start_time_s,end_time_s,label,label_type\na.wav,0,1,wren,NEGATIVE\n");
    assert_eq!(kinds.labels[0].state, Some(LabelState::Negative));

    for text in [
        "\u{feff}Start (s),End (s),Scientific name,Common name,Confidence,File\n3.0,6.0,Troglodytes,Wren,0.9237,dir/a.wav\n",
        "filepath,start,end,scientific_name,common_name,confidence,lat,lon\ndir/a.wav,3.0,6.0,Troglodytes,Wren,0.9237,,\n",
        "INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,common_name,confidence\n,dir,a.wav,3.0,3.0,Troglodytes,Wren,0.9237\n",
    ] {
        let file = read(text);
        assert_eq!(file.format, LabelFormat::BirdNet, "{text}");
        assert_eq!(said(&file), [(3.0, 6.0, "Wren")]);
        assert_eq!(file.labels[0].recording.as_deref(), Some("dir/a.wav"));
        assert_eq!(file.labels[0].score, Some(0.9237));
    }
    let selections = read(
        "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tCommon Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n\
         1\tSpectrogram 1\t1\t63.0\t66.0\t0\t15000\tWren\twren\t0.5\t/dir/b.wav\t3.0\n",
    );
    assert_eq!(selections.format, LabelFormat::Raven);
    assert_eq!(said(&selections), [(3.0, 6.0, "Wren")]);
    assert_eq!(
        selections.labels[0].band, None,
        "the model's range is no band of the sound"
    );
    let labels = read("3.0\t6.0\tTroglodytes, Wren\t0.75\n");
    assert_eq!(labels.labels[0].score, Some(0.75));
}

#[test]
fn a_table_that_a_spreadsheet_saved_again_is_read_with_semicolons_and_decimal_commas() {
    let text = "sep=;\r\nclass;end_s;start_s;file;state;note\r\ndoor;2,25;1,5;a.wav;positive;\"first; soft\"\r\n;;;;;\r\n";
    let file = read(text);
    assert_eq!(file.format, LabelFormat::Earmark);
    assert_eq!(said(&file), [(1.5, 2.25, "door")]);
    let label = &file.labels[0];
    assert_eq!((label.line, label.note.as_str()), (3, "first; soft"));
    assert_eq!(label.state, Some(LabelState::Positive));
}

#[test]
fn text_of_windows_programs_is_decoded() {
    let text = "1.0\t2.0\tTür\n";
    let clock = ProjectClock::default();
    let utf_16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let latin_1: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
    for bytes in [utf_16, latin_1, text.as_bytes().to_vec()] {
        let file = read_labels(&bytes, &clock).unwrap();
        assert_eq!(said(&file), [(1.0, 2.0, "Tür")]);
    }
}

#[test]
fn what_a_window_held_in_memory_is_read_back_with_its_hard_negatives() {
    let file = read(
        r#"{"database": "x.db", "shown": [{"profile": "default", "filename": "a.wav", "timeline_start_s": 10.0, "model": "AISFX",
            "version": "", "times": "take", "regions": [{"start_s": 1, "end_s": 2.5, "score": null, "state": "positive",
            "class": "door", "note": null, "low_hz": 100.0, "high_hz": 200.0}]}],
            "hard_negatives": [{"profile": "default", "filename": "b.wav", "start_s": 3.0, "end_s": null, "model": "", "created_at": ""}],
            "waiting": []}"#,
    );
    assert_eq!(said(&file), [(1.0, 2.5, "door"), (3.0, 3.0, "")]);
    assert_eq!(file.labels[1].recording.as_deref(), Some("b.wav"));
    assert_eq!(file.labels[1].state, Some(LabelState::Negative));
}
