"""Live streams that others send here by RTMP: from OBS, from ffmpeg."""
