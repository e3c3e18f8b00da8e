#!/bin/sh
# Signs Earmark's bundles in this folder for this Mac ("ad hoc", without a certificate), and lets macOS open them although they
# came from the network. macOS on Apple's processors loads no plugin that is not signed. Run it once:  sh sign.sh
set -eu
cd "$(dirname "$0")"
for part in earmark.resources/onnxruntime/*.dylib \
    earmark.clap/Contents/Resources/earmark.resources/onnxruntime/*.dylib \
    earmark.vst3/Contents/Resources/earmark.resources/onnxruntime/*.dylib \
    earmark.clap earmark.vst3 earmark; do
    [ -e "$part" ] || { echo "$part is missing; unpack the whole archive again" >&2; exit 1; }
    xattr -dr com.apple.quarantine "$part" 2>/dev/null || true
    codesign --force --sign - "$part"
done
echo "Signed. Copy earmark.clap to ~/Library/Audio/Plug-Ins/CLAP and earmark.vst3 to ~/Library/Audio/Plug-Ins/VST3."
