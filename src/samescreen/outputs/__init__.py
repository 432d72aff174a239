"""Outputs: the picture and its sound, sent to streaming servers as RTMP or RTSP."""
