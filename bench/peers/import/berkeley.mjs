import "berkeley";
