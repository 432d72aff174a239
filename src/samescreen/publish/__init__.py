"""Publishers bring a source into the hub. These capture and encode on threads of this process."""
