;; I420, BT.709 limited range → RGBA, 16 pixels a step. The fast twin of colour.js; `npm run wasm` makes the .wasm from it.
;;
;; Sums are i16 with 6 fractional bits. i16x8.q15mulr_sat_s(a, k) is round(a·k / 32768), so a factor f below 1 is k = 32768·f;
;; for factors above 1 the whole part is added, or the operand has twice the scale:
;;   luma  1.164383·(Y−16)             = a + a·5386,  a = (Y−16)·64
;;   red   1.792741·(V−128)            = b·29372,     b = (V−128)·128
;;   green −0.213249·(U−128) − 0.532909·(V−128) = c·−3494 + b·−8731,  c = (U−128)·128
;;   blue  2.112402·(U−128)            = c + c·1842
(module
  (memory (export "memory") 1)

  ;; Sums → bytes: low and high half of 16 pixels of one channel. The chroma term covers two pixels each.
  (func $channel (param $low v128) (param $high v128) (param $chroma v128) (result v128)
    (i8x16.narrow_i16x8_u
      (i16x8.shr_s
        (i16x8.add_sat_s (local.get $low)
          (i8x16.shuffle 0 1 0 1 2 3 2 3 4 5 4 5 6 7 6 7 (local.get $chroma) (local.get $chroma)))
        (i32.const 6))
      (i16x8.shr_s
        (i16x8.add_sat_s (local.get $high)
          (i8x16.shuffle 8 9 8 9 10 11 10 11 12 13 12 13 14 15 14 15 (local.get $chroma) (local.get $chroma)))
        (i32.const 6))))

  ;; Eight luma samples − 16, ·64 → ·1.164383, plus one half for rounding.
  (func $luma (param $samples v128) (result v128)
    (local $a v128)
    (local.set $a
      (i16x8.shl (i16x8.sub (local.get $samples) (v128.const i16x8 16 16 16 16 16 16 16 16)) (i32.const 6)))
    (i16x8.add (v128.const i16x8 32 32 32 32 32 32 32 32)
      (i16x8.add (local.get $a)
        (i16x8.q15mulr_sat_s (local.get $a) (v128.const i16x8 5386 5386 5386 5386 5386 5386 5386 5386)))))

  ;; Eight chroma samples − 128, ·128.
  (func $eight (param $at i32) (result v128)
    (i16x8.shl
      (i16x8.sub (v128.load8x8_u (local.get $at))
        (v128.const i16x8 128 128 128 128 128 128 128 128))
      (i32.const 7)))

  ;; One row of pixels: `steps` times 16.
  (func $row (param $y i32) (param $u i32) (param $v i32) (param $out i32) (param $steps i32)
    (local $b v128) (local $c v128) (local $samples v128) (local $low v128) (local $high v128)
    (local $red v128) (local $green v128) (local $blue v128) (local $rg v128) (local $ba v128)
    (loop $next
      (local.set $c (call $eight (local.get $u)))
      (local.set $b (call $eight (local.get $v)))
      (local.set $samples (v128.load (local.get $y)))
      (local.set $low (call $luma (i16x8.extend_low_i8x16_u (local.get $samples))))
      (local.set $high (call $luma (i16x8.extend_high_i8x16_u (local.get $samples))))
      (local.set $red (call $channel (local.get $low) (local.get $high)
        (i16x8.q15mulr_sat_s (local.get $b)
          (v128.const i16x8 29372 29372 29372 29372 29372 29372 29372 29372))))
      (local.set $green (call $channel (local.get $low) (local.get $high)
        (i16x8.add
          (i16x8.q15mulr_sat_s (local.get $c)
            (v128.const i16x8 -3494 -3494 -3494 -3494 -3494 -3494 -3494 -3494))
          (i16x8.q15mulr_sat_s (local.get $b)
            (v128.const i16x8 -8731 -8731 -8731 -8731 -8731 -8731 -8731 -8731)))))
      (local.set $blue (call $channel (local.get $low) (local.get $high)
        (i16x8.add (local.get $c)
          (i16x8.q15mulr_sat_s (local.get $c)
            (v128.const i16x8 1842 1842 1842 1842 1842 1842 1842 1842)))))
      ;; Eight pixels at a time: R G R G … and B A B A …, then both by pairs.
      (local.set $rg (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $red) (local.get $green)))
      (local.set $ba (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $blue) (i32x4.splat (i32.const -1))))
      (v128.store (local.get $out)
        (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $rg) (local.get $ba)))
      (v128.store offset=16 (local.get $out)
        (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $rg) (local.get $ba)))
      (local.set $rg (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $red) (local.get $green)))
      (local.set $ba (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $blue) (i32x4.splat (i32.const -1))))
      (v128.store offset=32 (local.get $out)
        (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $rg) (local.get $ba)))
      (v128.store offset=48 (local.get $out)
        (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $rg) (local.get $ba)))
      (local.set $y (i32.add (local.get $y) (i32.const 16)))
      (local.set $u (i32.add (local.get $u) (i32.const 8)))
      (local.set $v (i32.add (local.get $v) (i32.const 8)))
      (local.set $out (i32.add (local.get $out) (i32.const 64)))
      (br_if $next (local.tee $steps (i32.sub (local.get $steps) (i32.const 1))))))

  ;; Rows [top, bottom), pixels [left, left + 16·steps). `y`, `u`, `v`, `out`: addresses of the planes and of the pixels; `stride`:
  ;; pixels a row of both, a multiple of 16; `left` is one too.
  (func (export "convert") (param $y i32) (param $u i32) (param $v i32) (param $out i32) (param $stride i32)
    (param $left i32) (param $top i32) (param $bottom i32) (param $steps i32)
    (local $chroma i32)
    (loop $next
      (local.set $chroma
        (i32.add
          (i32.mul (i32.shr_u (local.get $top) (i32.const 1)) (i32.shr_u (local.get $stride) (i32.const 1)))
          (i32.shr_u (local.get $left) (i32.const 1))))
      (call $row
        (i32.add (local.get $y) (i32.add (i32.mul (local.get $top) (local.get $stride)) (local.get $left)))
        (i32.add (local.get $u) (local.get $chroma))
        (i32.add (local.get $v) (local.get $chroma))
        (i32.add (local.get $out)
          (i32.shl (i32.add (i32.mul (local.get $top) (local.get $stride)) (local.get $left)) (i32.const 2)))
        (local.get $steps))
      (br_if $next
        (i32.lt_u (local.tee $top (i32.add (local.get $top) (i32.const 1))) (local.get $bottom))))))
