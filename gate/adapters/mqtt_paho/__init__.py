"""MQTT 5 with paho-mqtt: one outside thing with two ends, the gate's publisher and the staff's subscriber."""
