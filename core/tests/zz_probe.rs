use earmark_core::audio;
use earmark_core::time::Span;
#[test]
fn probe() {
    let folder = std::env::var("PROBE").unwrap();
    let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e != "f32")).collect();
    names.sort();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().to_string();
        let t = std::time::Instant::now();
        match audio::open(&path) {
            Err(e) => println!("{name}: ERR {}", e.to_string().replace(&folder, "")),
            Ok(mut s) => {
                let opened = t.elapsed().as_secs_f64();
                let n = s.frames() as usize;
                let mut a = vec![0.0; n];
                for (i, c) in a.chunks_mut(10_007).enumerate() { s.read_mono((i * 10_007) as i64, c).unwrap(); }
                let read = t.elapsed().as_secs_f64() - opened;
                let losses: Vec<_> = s.losses().iter().map(|l| l.to_string()).collect();
                // random access
                let mut worst = 0.0_f32; let mut at_worst = 0;
                let mut r = audio::open(&path).unwrap();
                for k in 0..40u64 {
                    let at = ((k * 7_919_317) % n as u64) as i64;
                    let mut b = vec![0.0; 3000];
                    r.read_mono(at, &mut b).unwrap();
                    for (i, x) in b.iter().enumerate() {
                        let e = a.get(at as usize + i).copied().unwrap_or(0.0);
                        if (x - e).abs() > worst { worst = (x - e).abs(); at_worst = at as usize + i; }
                    }
                }
                let st = audio::read_stretch(&path, Span::new(1.0, 1.5).unwrap()).map(|s| (s.channels, s.interleaved.len()));
                // reference
                let mut refs = String::new();
                if let Ok(bytes) = std::fs::read(path.with_file_name(format!("{name}.f32"))) {
                    let f: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
                    let m = f.iter().zip(&a).enumerate().map(|(i, (x, y))| ((x - y).abs(), i)).fold((0.0, 0), |m, v| if v.0 > m.0 { v } else { m });
                    refs = format!("ref len {} maxdiff {:?}", f.len(), m);
                }
                println!("{name}: {} Hz {n} open {opened:.3} read {read:.3} random {worst:e}@{at_worst} stretch {st:?} hints {:?} pos {:?} {refs} {losses:?}", s.rate().hz(), s.hints().unwrap(), s.time_reference());
            }
        }
    }
}
